import { Pool } from 'undici';
import { answerQuestions } from '../forked.js';
import { drive } from '../load.js';
import type { Load, LoadOutcome } from '../load.js';

/** As many as requests are ever under way; they are opened when they are needed. */
const CONNECTIONS = 256;

/** The load process of our side: POSTs timers over connections that stay open. */
const [serverUrl = ''] = process.argv.slice(2);
const server = new Pool(serverUrl, { connections: CONNECTIONS, pipelining: 1 });

async function create(delaySeconds: number, url: string): Promise<number> {
  const { fire_at } = await post<{ fire_at: string }>('/timers', 201, { seconds: delaySeconds, url });
  return Date.parse(fire_at);
}

/** Resolves with when the first of them is due. */
async function createBatch(size: number, delaySeconds: number, url: string): Promise<number> {
  const timers = Array.from({ length: size }, () => ({ seconds: delaySeconds, url }));
  const { results } = await post<{ results: { timer?: { fire_at: string } }[] }>('/timers/batch', 200, {
    timers,
  });
  const dues = results.map(({ timer }) => timer && Date.parse(timer.fire_at));
  if (dues.includes(undefined)) throw new Error('a timer of a batch was refused');
  return dues[0] ?? NaN;
}

async function post<T>(path: string, expected: number, body: object): Promise<T> {
  const response = await server.request({
    path,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.body.json()) as T;
  if (response.statusCode !== expected) throw new Error(`${response.statusCode}: ${JSON.stringify(answer)}`);
  return answer;
}

answerQuestions<Load, LoadOutcome>((load) => {
  const { batch } = load;
  return drive(load, batch === undefined ? create : (delay, url) => createBatch(batch, delay, url));
});
