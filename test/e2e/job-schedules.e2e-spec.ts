import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Test } from 'supertest';
import { ROOT } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { newAdminToken, Operator, withApiKeys } from '../support/accounts.js';
import { Receiver } from '../support/receiver.js';
import type { ReceivedRequest } from '../support/receiver.js';
import { System } from '../support/system.js';

const JOB_TYPES = join(ROOT, 'dist/test/support/scheduled-job-types.js');
const HOUR_MS = 3_600_000;

interface Run {
  id: string;
  fire_at: string;
  status: string;
}

interface ScheduleBody {
  id: string;
  runs_left: number | null;
  next_runs: Run[];
  last_runs: Run[];
  [field: string]: unknown;
}

interface JobBody {
  id: string;
  status: string;
  schedule_id: string | null;
  start_at: string | null;
  kill_at: string;
  groups: { name: string }[];
  [field: string]: unknown;
}

/** What a job of the type `report` tells. */
interface Report {
  id: string;
  due_at: string;
  version: number;
}

let system: System;
let receiver: Receiver;
let [key, schedulesOnly, withoutGlobal] = ['', '', ''];

const ask = (method: 'get' | 'post' | 'patch' | 'delete', path: string, body?: object, by = key): Test => {
  const request = system.api()[method](path).auth(by, { type: 'bearer' });
  return body ? request.send(body) : request;
};

async function post(body: object, by = key): Promise<ScheduleBody> {
  const response = await ask('post', '/schedules', body, by);
  expect({ status: response.status, body: response.body }).toMatchObject({ status: 201 });
  return response.body as ScheduleBody;
}

const get = async (id: string) => (await ask('get', `/schedules/${id}`).expect(200)).body as ScheduleBody;
const getJob = async (id: string) => (await ask('get', `/jobs/${id}`).expect(200)).body as JobBody;
const remove = (id: string) => ask('delete', `/schedules/${id}`).expect(204);
const trigger = async (id: string) => (await ask('post', `/schedules/${id}/trigger`).expect(202)).body as Run;
const report = (path: string, more: object = {}) => ({
  job: { type: 'report', input: { url: receiver.url(path) }, ...more },
});
const told = ({ body }: ReceivedRequest) => JSON.parse(body) as Report;

async function jobIs(id: string, status: string): Promise<JobBody> {
  return waitUntil(`job ${id} is ${status}`, async () => {
    const job = await getJob(id);
    return job.status === status ? job : undefined;
  });
}

/** What comes there is not answered before it is let go. */
function hold(path: string): { letGo: () => void } {
  const held: ServerResponse[] = [];
  let isOver = false;
  receiver.answer(path, (_request, response) => (isOver ? response.end() : held.push(response)));
  return {
    letGo: () => {
      isOver = true;
      for (const response of held) response.end();
    },
  };
}

/** Resolves when so many whole seconds have come after this one, as another schedule sees them. */
async function secondsPass(count: number): Promise<void> {
  const path = `/clock-${randomUUID()}`;
  const { id } = await post({ every: 'PT1S', overlap: 'allow_all', ...report(path) });
  await receiver.received(path, count);
  await remove(id);
}

describe('schedules of jobs', () => {
  beforeAll(async () => {
    const adminToken = newAdminToken();
    [system, receiver] = await Promise.all([
      System.start({ ...withApiKeys(adminToken), workerEnv: { WORKER_JOB_TYPES: JOB_TYPES } }),
      Receiver.start(),
    ]);
    const operator = new Operator(system, adminToken);
    await operator.tenant('acme');
    const keyWith = async (...scopes: string[]) =>
      (await operator.key('acme', ['schedules:read', 'schedules:write', ...scopes])).key;
    key = await keyWith('jobs:read', 'jobs:write', 'jobs:global');
    schedulesOnly = await keyWith();
    withoutGlobal = await keyWith('jobs:read', 'jobs:write');
    await waitUntil('the job type is known', async () => {
      const { body } = await ask('get', '/job-types').expect(200);
      return (body.data as { type: string }[]).some(({ type }) => type === 'report');
    });
  });

  afterAll(async () => {
    await receiver.stop();
    await system.stop();
  });

  describe('runs', () => {
    it('are jobs that can be asked for, started when they are due and never before', async () => {
      const labels = { team: 'billing' };
      const { id } = await post({ every: 'PT1S', overlap: 'allow_all', ...report('/every', { labels }) });
      const requests = await receiver.received('/every', 3);
      await remove(id);
      const dues = requests.map((request) => Date.parse(told(request).due_at));
      expect(new Set(dues).size).toBe(dues.length);
      for (const request of requests) {
        expect(request.atMs).toBeGreaterThanOrEqual(Date.parse(told(request).due_at));
        const job = await jobIs(told(request).id, 'succeeded');
        expect(job).toMatchObject({
          type: 'report',
          scope: 'tenant',
          schedule_id: id,
          labels,
          start_at: null,
        });
      }
    });

    it('are told beforehand, and the latest with what has become of them', async () => {
      const { id, next_runs } = await post({ every: 'PT2S', overlap: 'allow_all', ...report('/told') });
      expect(next_runs).toHaveLength(10);
      const [first, second] = await receiver.received('/told', 2);
      await jobIs(told(first as ReceivedRequest).id, 'succeeded');
      const ids = next_runs.map((run) => run.id);
      expect(ids).toContain(told(first as ReceivedRequest).id);
      expect(ids).toContain(told(second as ReceivedRequest).id);
      const { last_runs } = await get(id);
      await remove(id);
      const run = last_runs.find((each) => each.id === told(first as ReceivedRequest).id);
      expect(run).toEqual({
        ...{ id: told(first as ReceivedRequest).id, status: 'succeeded' },
        fire_at: told(first as ReceivedRequest).due_at,
      });
    });

    it('end with max_runs', async () => {
      const { id } = await post({ every: 'PT1S', overlap: 'allow_all', max_runs: 2, ...report('/max') });
      await receiver.received('/max', 2);
      await secondsPass(3);
      expect(receiver.at('/max')).toHaveLength(2);
      expect((await get(id)).runs_left).toBe(0);
    });

    it('are left out with skip as long as the job before has not ended', async () => {
      const { letGo } = hold('/skip');
      const { id } = await post({ every: 'PT1S', ...report('/skip') });
      const [first] = await receiver.received('/skip', 1);
      await secondsPass(3);
      expect(receiver.at('/skip')).toHaveLength(1);
      expect((await get(id)).last_runs).toMatchObject([
        { id: told(first as ReceivedRequest).id, status: 'running' },
      ]);
      letGo();
      await receiver.received('/skip', 2);
      await remove(id);
    });

    it('cancel the job before with cancel_other', async () => {
      const { letGo } = hold('/cancel-other');
      const { id } = await post({ every: 'PT3S', overlap: 'cancel_other', ...report('/cancel-other') });
      const [first, second] = await receiver.received('/cancel-other', 2);
      expect(told(second as ReceivedRequest).id).not.toBe(told(first as ReceivedRequest).id);
      expect(await getJob(told(first as ReceivedRequest).id)).toMatchObject({ status: 'canceled' });
      letGo();
      await remove(id);
    });

    it('wait for the end of the job before with buffer_one, even if that is at its kill_at', async () => {
      const { letGo } = hold('/buffer');
      const { id } = await post({
        ...{ every: 'PT1S', overlap: 'buffer_one', ...report('/buffer', { kill_after: 'PT4S' }) },
      });
      const [first] = await receiver.received('/buffer', 1);
      const [, second] = await receiver.received('/buffer', 2);
      await remove(id);
      const killed = await getJob(told(first as ReceivedRequest).id);
      expect(killed.status).toBe('killed');
      expect((second as ReceivedRequest).atMs).toBeGreaterThanOrEqual(Date.parse(killed.kill_at));
      letGo();
    });

    it('that are canceled by DELETE /jobs/:id make way for the next', async () => {
      const { letGo } = hold('/by-hand');
      const { id } = await post({ every: 'PT1S', ...report('/by-hand') });
      const [first] = await receiver.received('/by-hand', 1);
      await ask('delete', `/jobs/${told(first as ReceivedRequest).id}`);
      await jobIs(told(first as ReceivedRequest).id, 'canceled');
      await receiver.received('/by-hand', 2);
      letGo();
      await remove(id);
    });

    it('of global jobs are nobody in particular’s', async () => {
      const { id } = await post({ every: 'PT1H', ...report('/global', { scope: 'global' }) });
      const run = await trigger(id);
      expect(await jobIs(run.id, 'succeeded')).toMatchObject({ scope: 'global', schedule_id: id });
      await ask('get', `/jobs/${run.id}`, undefined, withoutGlobal).expect(404);
      await remove(id);
    });

    it('are of their type as it is when they begin, and somebody is told when that does not take the input', async () => {
      const alerts = { webhooks: [receiver.url('/version-alert')] };
      const fits = await post({
        ...{ every: 'PT1H', job: { type: 'report', input: { url: receiver.url('/version'), since: 1 } } },
      });
      const misfit = await post({ every: 'PT1H', ...report('/misfit', { alerts }) });
      await jobIs((await trigger(fits.id)).id, 'succeeded');
      await system.worker.stop();
      system.worker.start({ TEST_TYPE_VERSION: '2' });
      await system.worker.ready();
      const job = await jobIs((await trigger(fits.id)).id, 'succeeded');
      expect(job.groups.map(({ name }) => name)).toEqual(['tell', 'rest']);
      expect(
        receiver
          .at('/version')
          .filter(({ target }) => target === '/version')
          .map((each) => told(each).version),
      ).toEqual([1, 2]);

      const run = await trigger(misfit.id);
      const [alert] = await receiver.received('/version-alert', 1);
      expect(JSON.parse(alert?.body ?? '')).toMatchObject({
        type: 'job.failed',
        data: { id: run.id, error: expect.stringContaining('since') },
      });
      await waitUntil('the run has failed', async () => {
        const { last_runs } = await get(misfit.id);
        return last_runs.some(({ id, status }) => id === run.id && status === 'failed');
      });
      await ask('get', `/jobs/${run.id}`).expect(404);
      expect(receiver.at('/misfit')).toEqual([]);
      await system.worker.stop();
      system.worker.start();
      await system.worker.ready();
    });
  });

  describe('a schedule', () => {
    it('shows what was asked for, and has another job after a change', async () => {
      const job = {
        type: 'report',
        input: { url: receiver.url('/before') },
        kill_after: 'PT5M',
        labels: { a: 'b' },
      };
      const schedule = await post({ every: 'PT1H', job });
      expect(schedule.job).toEqual({ scope: 'tenant', ...job });
      expect(schedule).not.toHaveProperty('url');
      const { body: changed } = await ask('patch', `/schedules/${schedule.id}`, {
        ...report('/after'),
        name: 'n',
      }).expect(200);
      expect(changed).toMatchObject({
        name: 'n',
        every: 'PT1H',
        job: { input: { url: receiver.url('/after') } },
      });
      expect(changed.job).not.toHaveProperty('kill_after');
      await trigger(schedule.id);
      await receiver.received('/after', 1);
      expect(receiver.at('/before')).toEqual([]);
      await remove(schedule.id);
    });

    it('cancels a run whose jitter is not over when it is paused', async () => {
      const { id } = await post({ every: 'PT1H', jitter: 'P1D', ...report('/jitter') });
      const run = await trigger(id);
      const job = await jobIs(run.id, 'scheduled');
      expect(Date.parse(job.start_at ?? '')).toBeGreaterThanOrEqual(Date.parse(run.fire_at));
      expect((await get(id)).last_runs).toMatchObject([
        { id: run.id, status: 'scheduled', fire_at: job.start_at },
      ]);
      await ask('post', `/schedules/${id}/pause`).expect(200);
      await jobIs(run.id, 'canceled');
      await remove(id);
    });

    it('leaves the job that runs alone when it is deleted', async () => {
      const { letGo } = hold('/left-alone');
      const { id } = await post({ every: 'PT1H', ...report('/left-alone') });
      const run = await trigger(id);
      await receiver.received('/left-alone', 1);
      await remove(id);
      letGo();
      await jobIs(run.id, 'succeeded');
    });

    it('makes up for the past once for each time, in jobs that know it', async () => {
      const startsMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 3 * HOUR_MS;
      const { id } = await post({
        every: 'PT1H',
        starts_at: new Date(startsMs).toISOString(),
        ...report('/past'),
      });
      const backfill = (hours: number) => {
        const to = new Date(startsMs + hours * HOUR_MS).toISOString();
        return ask('post', `/schedules/${id}/backfill`, {
          from: new Date(startsMs).toISOString(),
          to,
        }).expect(202);
      };
      expect((await backfill(1)).body).toEqual({ runs: 2 });
      const first = await receiver.received('/past', 2);
      for (const request of first) await jobIs(told(request).id, 'succeeded');
      expect((await backfill(2)).body).toEqual({ runs: 3 });
      const all = await receiver.received('/past', 3);
      await secondsPass(2);
      const { last_runs } = await get(id);
      expect(new Set(last_runs.map((run) => run.id)).size).toBe(3);
      expect(last_runs.every(({ status }) => status === 'succeeded')).toBe(true);
      expect(receiver.at('/past')).toHaveLength(3);
      const dues = all.map((request) => Date.parse(told(request).due_at)).sort();
      expect(dues).toEqual([0, 1, 2].map((hours) => startsMs + hours * HOUR_MS));
      await remove(id);
    });

    it('is set once with an Idempotency-Key', async () => {
      const body = { cron: '0 9 * * *', ...report('/key') };
      const idempotencyKey = randomUUID();
      const send = (sent: object) =>
        ask('post', '/schedules').set('idempotency-key', idempotencyKey).send(sent);
      const [one, other] = [await send(body).expect(201), await send(body).expect(201)];
      expect(other.body.id).toBe(one.body.id);
      expect(other.headers['idempotency-replayed']).toBe('true');
      await send({ ...body, ...report('/other') }).expect(422);
    });
  });

  it.each([
    ['neither url nor job', {}, 'url, job', /exactly one/],
    [
      'both',
      { ...{ url: 'http://127.0.0.1:9/' }, job: { type: 'report', input: { url: 'a' } } },
      'url, job',
      /exactly one/,
    ],
    [
      'what is for deliveries',
      { method: 'PUT', job: { type: 'report', input: { url: 'a' } } },
      'method',
      /with a url/,
    ],
    [
      'labels of deliveries',
      { labels: {}, job: { type: 'report', input: { url: 'a' } } },
      'labels',
      /with a url/,
    ],
    ['a wrong input', { job: { type: 'report', input: { url: 1 } } }, 'job.input.url', /string/],
    ['no input where there must be one', { job: { type: 'report' } }, 'job.input', /url/],
    ['no type', { job: { input: {} } }, 'job.type', /job type/],
    ['a job that is no object', { job: 'report' }, 'job', /object/],
    ['an unknown property', { job: { type: 'report', kill_at: 'x' } }, 'job.kill_at', /not a known/],
    [
      'a life of no time',
      { job: { type: 'report', input: { url: 'a' }, kill_after: 'PT0S' } },
      'job.kill_after',
      /more than/,
    ],
    [
      'a wrong label',
      { job: { type: 'report', input: { url: 'a' }, labels: { 'a b': '' } } },
      'job.labels',
      /names/,
    ],
    [
      'a wrong webhook',
      { job: { type: 'report', input: { url: 'a' }, alerts: { webhooks: ['x'] } } },
      'job.alerts.webhooks',
      /http/,
    ],
  ])('refuses %s', async (_what, wrong, field, message) => {
    const { body } = await ask('post', '/schedules', { every: 'PT1H', ...wrong }).expect(400);
    expect(body.errors).toEqual([{ field, message: expect.stringMatching(message) }]);
  });

  it.each([
    ['a type that no worker has', { type: 'unknown' }, 'unknown-job-type'],
    [
      'an alert to where nothing may be sent',
      { type: 'report', input: { url: 'a' }, alerts: { webhooks: ['http://10.0.0.1/'] } },
      'destination_blocked',
    ],
    [
      'mail without a server for it',
      { type: 'report', input: { url: 'a' }, alerts: { emails: ['a@example.com'] } },
      'no-mail-server',
    ],
  ])('refuses %s, and says so', async (_what, job, kind) => {
    const { body } = await ask('post', '/schedules', { every: 'PT1H', job }).expect(422);
    expect(body.type).toBe(`urn:timekeeper:problem:${kind}`);
  });

  it('does not turn a schedule of timers into one of jobs, nor the other way round', async () => {
    const ofTimers = await post({ every: 'PT1H', url: receiver.url('/timers') });
    const ofJobs = await post({ every: 'PT1H', ...report('/jobs') });
    for (const [id, patch] of [
      [ofTimers.id, report('/jobs')],
      [ofTimers.id, { url: null, ...report('/jobs') }],
      [ofJobs.id, { url: receiver.url('/timers'), job: null }],
    ] as const) {
      const { body } = await ask('patch', `/schedules/${id}`, patch).expect(400);
      expect(body.errors).toMatchObject([{ field: 'url, job' }]);
    }
  });

  it('needs the scope jobs:write, and jobs:global for global jobs', async () => {
    for (const [by, more, scope] of [
      [schedulesOnly, {}, 'jobs:write'],
      [withoutGlobal, { scope: 'global' }, 'jobs:global'],
    ] as const) {
      const { body } = await ask(
        'post',
        '/schedules',
        { every: 'PT1H', ...report('/scope', more) },
        by,
      ).expect(403);
      expect(body.detail).toBe(`The API key needs the scope ${scope}.`);
    }
    await ask('post', '/schedules', { every: 'PT1H', url: receiver.url('/scope') }, schedulesOnly).expect(
      201,
    );
    const { body: made } = await ask('post', '/schedules', { every: 'PT1H', ...report('/scope') }).expect(
      201,
    );
    const run = `/schedules/${(made as { id: string }).id}/trigger`;
    const { body: refusal } = await ask('post', run, {}, schedulesOnly).expect(403);
    expect(refusal.detail).toBe('The API key needs the scope jobs:write.');
    await ask('post', run, {}).expect(202);
  });
});
