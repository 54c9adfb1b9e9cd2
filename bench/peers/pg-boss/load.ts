import { PgBoss } from 'pg-boss';
import { answerQuestions } from '../../forked.js';
import { drive } from '../../load.js';
import type { Load, LoadOutcome } from '../../load.js';
import { QUEUE } from './queue.js';

/** Sends a job for each timer. */
const [connectionString = ''] = process.argv.slice(2);
const boss = new PgBoss({ connectionString });
boss.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`));
await boss.start();
await boss.createQueue(QUEUE);

async function create(delaySeconds: number, url: string): Promise<number> {
  const dueMs = Date.now() + delaySeconds * 1000;
  await boss.send(QUEUE, { url }, { startAfter: new Date(dueMs) });
  return dueMs;
}

answerQuestions<Load, LoadOutcome>((load) => drive(load, create));
