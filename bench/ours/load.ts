import { Pool } from 'undici';
import { answerQuestions } from '../forked.js';
import { drive } from '../load.js';
import type { Load, LoadOutcome } from '../load.js';

const CONNECTIONS = 64;

/** The load process of our side: POSTs timers over connections that stay open. */
const [serverUrl = ''] = process.argv.slice(2);
const server = new Pool(serverUrl, { connections: CONNECTIONS, pipelining: 1 });

async function create(delaySeconds: number, url: string): Promise<number> {
  const { statusCode, body } = await server.request({
    path: '/timers',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ seconds: delaySeconds, url }),
  });
  const answer = (await body.json()) as { fire_at: string };
  if (statusCode !== 201) throw new Error(`${statusCode}: ${JSON.stringify(answer)}`);
  return Date.parse(answer.fire_at);
}

answerQuestions<Load, LoadOutcome>((load) => drive(load, create));
