import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { decodeTimerId, timersWorkflowId } from '#contracts/timer-id.js';
import { createClient } from '#temporal/connection.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';
import type { TimerBody } from '../support/system.js';
import { startTimers } from '../support/tenant-timers.js';

const HANGING_DESTINATIONS = 12;

describe('tenants', () => {
  let system: System;
  let quiet: Receiver;
  let hanging: Receiver[];
  let client: Client;

  beforeAll(async () => {
    system = await System.start({
      env: { TENANT_TASK_QUEUES: 'default=timers-own', WORKER_TASK_QUEUES: 'timers,timers-own' },
    });
    quiet = await Receiver.start();
    hanging = await Promise.all(Array.from({ length: HANGING_DESTINATIONS }, () => Receiver.start()));
    for (const receiver of hanging) receiver.answer('/', () => undefined);
    const connectionOptions = { address: system.engine.address };
    client = createClient({ connectionOptions, namespace: 'default' }, 'test');
  });

  afterAll(async () => {
    await client.connection.close();
    await Promise.all([quiet, ...hanging].map((receiver) => receiver.stop()));
    await system.stop();
  });

  it('do not delay each other: beside 10,000 timers due now to destinations that hang, others go out on time', async () => {
    const dueMs = Date.now();
    const noisy = Array.from({ length: 10_000 }, (_, index) => ({
      dueMs,
      url: hanging[index % HANGING_DESTINATIONS]?.url(`/${index}`) ?? '',
    }));
    await startTimers(client, 'noisy', noisy);
    await hanging[0]?.received('/', 10);

    const timers: TimerBody[] = [];
    for (let i = 0; i < 30; i++) {
      timers.push(await system.post({ seconds: 3, url: quiet.url(`/quiet/${i}/`) }));
    }
    const requests = await quiet.received('/quiet/', 30);
    const lateness = requests.map(({ atMs, headers }) => {
      const timer = timers.find(({ id }) => id === headers['webhook-id']);
      return atMs - Date.parse(timer?.fire_at ?? '');
    });
    expect(Math.min(...lateness)).toBeGreaterThanOrEqual(0);
    // Waiting for a place that a hanging request holds would take its whole time limit, 30 s.
    expect(Math.max(...lateness)).toBeLessThan(2_000);

    const underWay = hanging.reduce((sum, receiver) => sum + receiver.requests.length, 0);
    expect(underWay).toBeGreaterThan(100);
    expect(underWay).toBeLessThanOrEqual(500);
  });

  it('may have a task queue of their own', async () => {
    const { id } = await system.post({ url: quiet.url('/own-queue') });
    await quiet.received('/own-queue', 1);
    const workflowId = timersWorkflowId('default', decodeTimerId(id)?.groupKey ?? '');
    expect((await client.workflow.getHandle(workflowId).describe()).taskQueue).toBe('timers-own');
  });
});
