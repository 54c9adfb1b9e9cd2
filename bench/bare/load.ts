import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { answerQuestions } from '../forked.js';
import { drive } from '../load.js';
import type { Load, LoadOutcome } from '../load.js';
import { BARE_TASK_QUEUE, BARE_WORKFLOW } from './task-queue.js';

/** The load process of the bare side: starts a workflow for each timer, over one connection as a service would. */
const [address = '', namespace = ''] = process.argv.slice(2);
const client = new Client({ connection: await Connection.connect({ address }), namespace });

async function create(delaySeconds: number, url: string): Promise<number> {
  const dueMs = Date.now() + delaySeconds * 1000;
  await client.workflow.start(BARE_WORKFLOW, {
    workflowId: `bare:${randomUUID()}`,
    taskQueue: BARE_TASK_QUEUE,
    args: [dueMs, url],
  });
  return dueMs;
}

answerQuestions<Load, LoadOutcome>((load) => drive(load, create));
