import { Pool } from 'undici';
import { answerQuestions } from '../../forked.js';
import { drive } from '../../load.js';
import type { Load, LoadOutcome } from '../../load.js';
import { HANDLER, SERVICE } from './service.js';

/** Asks for a call with a delay for each timer, as its docs say, over connections that stay open. */
const [ingress = ''] = process.argv.slice(2);
const server = new Pool(`http://127.0.0.1:${ingress}`, { connections: 256, pipelining: 1 });

async function create(delaySeconds: number, url: string): Promise<number> {
  const dueMs = Date.now() + delaySeconds * 1000;
  const { statusCode, body } = await server.request({
    path: `/${SERVICE}/${HANDLER}/send?delay=${delaySeconds}s`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url }),
  });
  const answer = await body.text();
  if (statusCode >= 300) throw new Error(`${statusCode}: ${answer}`);
  return dueMs;
}

answerQuestions<Load, LoadOutcome>((load) => drive(load, create));
