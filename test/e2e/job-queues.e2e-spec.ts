import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { jobWorkflowId } from '#contracts/job.js';
import { JobStart } from '#jobs/job-start.js';
import { newJob } from '#jobs/new-job.js';
import { createClient } from '#temporal/connection.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { jobTypes } from '../support/job-types.js';
import { CRM_JOB_TYPES, JOB_TYPES, Jobs } from '../support/jobs.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

/** Of a service that is asked: long enough for two to meet. */
const ANSWER_MS = 200;
/** Of one tenant, for two places. */
const BACKLOG = 60;

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

  /** As the server does it, for a tenant that needs no key; the id of its workflow. */
  async function startFor(
    tenant: string | null,
    type: string,
    label: string,
    starts = new JobStart(client, {}),
  ): Promise<string> {
    const record = jobTypes.find(({ name }) => name === type)?.record;
    if (!record) throw new Error(`no job type ${type}`);
    const job = newJob(record, { id: randomUUID(), tenant, input: { url: receiver.url(label) } }, Date.now());
    await starts.start(job, { deadlineMs: Date.now() + 30_000 });
    return jobWorkflowId(tenant, job.id);
  }

  const isQueued = async (workflowId: string) => {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    return raw.pendingActivities?.length === 1;
  };

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

  it('of a group have its place free for others while it waits for its next try', async () => {
    const waiting = await jobs.start('coming-back', { url: receiver.url('/later') });
    const isWaiting = async () => (await jobs.get(waiting)).groups[0]?.status === 'retrying';
    await waitUntil('it waits for its next try', isWaiting);
    const other = await jobs.start('asking', { url: receiver.url('/meanwhile') });
    await jobs.reached(other, 'succeeded');
    expect(await isWaiting()).toBe(true);
    expect(receiver.at('/later')).toHaveLength(1);
    await system.api().delete(`/jobs/${waiting}`);
    await jobs.reached(waiting, 'canceled');
  });

  it('that tenants share have them take turns, and global work: none of them waits for all that another has queued', async () => {
    const waiting: ServerResponse[] = [];
    receiver.answer('/backlog/hold', (_request, response) => void waiting.push(response));
    const backlog: string[] = [];
    for (let job = 0; job < BACKLOG; job++) backlog.push(await startFor('noisy', 'held', '/backlog'));
    await receiver.received('/backlog/hold', 2);
    for (const id of backlog) await waitUntil('a group of each is queued', () => isQueued(id));

    const others = await Promise.all([
      startFor('quiet', 'ordered', '/quiet'),
      startFor(null, 'ordered', '/of-nobody'),
    ]);
    for (const id of others) await waitUntil('the first group of the others is queued', () => isQueued(id));
    receiver.answer('/backlog/hold', (_request, response) => void response.end());
    for (const response of waiting) response.end();
    for (const id of others) await client.workflow.getHandle(id).result();
    expect(receiver.at('/backlog/after').length).toBeLessThan(BACKLOG / 2);
    for (const id of backlog) await client.workflow.getHandle(id).result();
  });

  it('of bursts take what a tenant starts beyond the usual, with places of their own on the same worker', async () => {
    const waiting: ServerResponse[] = [];
    receiver.answer('/burst/hold', (_request, response) => void waiting.push(response));
    const starts = new JobStart(client, {});
    // All at the same moment: on a slow machine one after another would be no burst.
    const burst = await Promise.all(
      Array.from({ length: BACKLOG }, () => startFor('bursty', 'held', '/burst', starts)),
    );
    await receiver.received('/burst/hold', 4);
    const queues = await Promise.all(
      burst.map(async (id) => (await client.workflow.getHandle(id).describe()).taskQueue),
    );
    expect(queues[0]).toBe('jobs');
    expect(new Set(queues)).toEqual(new Set(['jobs', 'jobs-bursts']));

    receiver.answer('/burst/hold', (_request, response) => void response.end());
    for (const response of waiting) response.end();
    for (const id of burst) await client.workflow.getHandle(id).result();
    expect(receiver.at('/burst/after')).toHaveLength(BACKLOG);
  });
});
