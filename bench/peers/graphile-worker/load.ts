import { makeWorkerUtils } from 'graphile-worker';
import { answerQuestions } from '../../forked.js';
import { drive } from '../../load.js';
import type { Load, LoadOutcome } from '../../load.js';
import { quiet, TASK } from './task.js';

/** Adds a job for each timer. */
const [connectionString = ''] = process.argv.slice(2);
const worker = await makeWorkerUtils({ preset: { worker: { connectionString, logger: quiet } } });
await worker.migrate();

async function create(delaySeconds: number, url: string): Promise<number> {
  const dueMs = Date.now() + delaySeconds * 1000;
  await worker.addJob(TASK, { url }, { runAt: new Date(dueMs) });
  return dueMs;
}

answerQuestions<Load, LoadOutcome>((load) => drive(load, create));
