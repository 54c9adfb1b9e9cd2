import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { jobWorkflowId } from '#contracts/job.js';
import { createClient } from '#temporal/connection.js';
import { CRM_JOB_TYPES, JOB_TYPES, Jobs } from '../support/jobs.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

/** Of a service that is asked: long enough for two to meet. */
const ANSWER_MS = 200;

describe('task queues of jobs', () => {
  let system: System;
  let receiver: Receiver;
  let jobs: Jobs;
  let client: Client;

  beforeAll(async () => {
    receiver = await Receiver.start();
    system = await System.start({
      database: true,
      env: {
        ...{ JOB_TASK_QUEUES: 'default=jobs-own', WORKER_JOB_TASK_QUEUES: 'jobs,jobs-own' },
        ...{ WORKER_GROUP_TASK_QUEUES: 'crm=1', WORKER_JOB_GROUPS: '2' },
        WORKER_JOB_TYPES: `${JOB_TYPES},${CRM_JOB_TYPES}`,
      },
    });
    jobs = new Jobs(system);
    const connectionOptions = { address: system.engine.address };
    client = createClient({ connectionOptions, namespace: 'default' }, 'test');
    await jobs.published('asking');
    await jobs.published('held');
  });

  afterAll(async () => {
    await client?.connection.close();
    await system?.stop();
    await receiver?.stop();
  });

  const queueOf = async (tenant: string | null, id: string) =>
    (await client.workflow.getHandle(jobWorkflowId(tenant, id)).describe()).taskQueue;

  it('keep a tenant with one of its own apart from work that takes all places on the others', async () => {
    const waiting: ServerResponse[] = [];
    receiver.answer('/busy/hold', (_request, response) => void waiting.push(response));
    const others: string[] = [];
    for (let job = 0; job < 3; job++)
      others.push(await jobs.start('held', { url: receiver.url('/busy') }, { scope: 'global' }));
    await receiver.received('/busy/hold', 2);

    const own = await jobs.start('ordered', { url: receiver.url('/own') });
    await jobs.reached(own, 'succeeded');
    expect(waiting).toHaveLength(2);
    expect(await queueOf('default', own)).toBe('jobs-own');
    expect(await queueOf(null, others[0] ?? '')).toBe('jobs');

    receiver.answer('/busy/hold', (_request, response) => void response.end());
    for (const response of waiting) response.end();
    for (const id of others) await jobs.reached(id, 'succeeded');
  });

  it('of a group run as many at a time as the worker is told, and not one more', async () => {
    let [underWay, most] = [0, 0];
    receiver.answer('/crm', (_request, response) => {
      most = Math.max(most, ++underWay);
      setTimeout(() => {
        underWay--;
        response.end();
      }, ANSWER_MS);
    });
    const ids = await Promise.all(
      Array.from({ length: 6 }, () => jobs.start('asking', { url: receiver.url('/crm') })),
    );
    for (const id of ids) await jobs.reached(id, 'succeeded');
    expect(receiver.at('/crm')).toHaveLength(ids.length);
    expect(most).toBe(1);
  });
});
