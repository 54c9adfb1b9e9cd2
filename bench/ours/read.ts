import { Pool } from 'undici';
import { answerQuestions } from '../forked.js';
import { concurrently } from '../load.js';

/** First some timers to read, then reading them, or pages of a list, as fast as so many at a time get through. */
export type ReadQuestion =
  { create: number; url: string } | { read: 'timer' | 'list'; concurrency: number; durationMs: number };

export interface ReadOutcome {
  elapsedMs: number;
  answerMs: number[];
  refused: number;
  firstError?: string;
}

const PATHS = { timer: (id: string) => `/timers/${id}`, list: () => '/timers?limit=100' };
const HOUR_SECONDS = 3_600;

const [serverUrl = ''] = process.argv.slice(2);
const server = new Pool(serverUrl, { connections: 64, pipelining: 1 });
const ids: string[] = [];

async function ask<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
  const response = await server.request({
    ...{ path, method, headers: body && { 'content-type': 'application/json' } },
    body: body && JSON.stringify(body),
  });
  const answer = (await response.body.json()) as T;
  if (response.statusCode >= 300)
    throw new Error(`${path}: ${response.statusCode}: ${JSON.stringify(answer)}`);
  return answer;
}

answerQuestions<ReadQuestion, ReadOutcome>(async (question) => {
  const answerMs: number[] = [];
  let refused = 0;
  let firstError: string | undefined;
  const startedMs = performance.now();
  if ('create' in question) {
    await concurrently({ concurrency: 16, count: question.create }, async () => {
      const { id } = await ask<{ id: string }>('POST', '/timers', {
        ...{ seconds: HOUR_SECONDS, url: question.url },
      });
      ids.push(id);
    });
  } else {
    await concurrently(question, async (index) => {
      const calledMs = performance.now();
      try {
        await ask('GET', PATHS[question.read](ids[index % ids.length] ?? ''));
        answerMs.push(performance.now() - calledMs);
      } catch (error) {
        refused += 1;
        firstError ??= String(error);
      }
    });
  }
  return { elapsedMs: performance.now() - startedMs, answerMs, refused, firstError };
});
