import { Queue } from 'bullmq';
import { answerQuestions } from '../../forked.js';
import { drive } from '../../load.js';
import type { Load, LoadOutcome } from '../../load.js';
import { QUEUE, redisAt } from './queue.js';

/** Adds a delayed job for each timer; of those that are done the last thousand are kept. */
const queue = new Queue(QUEUE, {
  connection: redisAt(process.argv[2]),
  defaultJobOptions: { removeOnComplete: { count: 1_000 } },
});
await queue.waitUntilReady();

async function create(delaySeconds: number, url: string): Promise<number> {
  const dueMs = Date.now() + delaySeconds * 1000;
  await queue.add('post', { url }, { delay: delaySeconds * 1000 });
  return dueMs;
}

answerQuestions<Load, LoadOutcome>((load) => drive(load, create));
