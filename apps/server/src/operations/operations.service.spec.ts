import { expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { OperationsService } from './operations.service.js';

/** On which task queue an operation of the tenant is started. */
async function queueOf(tenant: string): Promise<string | undefined> {
  const queues: string[] = [];
  const client = {
    withDeadline: (_atMs: number, call: () => unknown) => call(),
    workflow: { start: (_type: string, { taskQueue }: { taskQueue: string }) => queues.push(taskQueue) },
  };
  const operations = new OperationsService(client as unknown as Client, {
    taskQueues: { acme: 'timers-acme' },
  });
  await operations.start(tenant, 'cancel', { host: 'example.com' });
  return queues[0];
}

it('An operation runs where the timers of its tenant do', async () => {
  expect([await queueOf('acme'), await queueOf('other')]).toEqual(['timers-acme', 'timers']);
});
