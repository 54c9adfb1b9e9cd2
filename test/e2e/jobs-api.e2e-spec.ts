import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Test } from 'supertest';
import { waitUntil } from '../../scripts/wait-until.js';
import { newAdminToken, Operator, withApiKeys } from '../support/accounts.js';
import { JOB_TYPES } from '../support/jobs.js';
import type { JobBody } from '../support/jobs.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

const HORIZON_DAYS = 30;
const DAY_MS = 86_400_000;
const START_MS = 2_000;
const SCOPES = ['jobs:read', 'jobs:write'];

let system: System;
let receiver: Receiver;
let operator: Operator;
/** May act for nobody in particular; only for its tenant; only read; of a tenant that may do little. */
let [key, withoutGlobal, readOnly, small] = ['', '', '', ''];

interface Page {
  data: JobBody[];
  next_cursor: string | null;
}

const ask = (method: 'get' | 'post' | 'delete', path: string, body?: object, by = key): Test => {
  const request = system.api()[method](path).auth(by, { type: 'bearer' });
  return body ? request.send(body) : request;
};
const ordered = (label: string, more: object = {}) => ({
  ...{ type: 'ordered', input: { url: receiver.url(`/${label}`) } },
  ...more,
});
const daysFromNow = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();

async function post(body: object, by = key): Promise<JobBody> {
  const response = await ask('post', '/jobs', body, by);
  expect({ status: response.status, body: response.body }).toMatchObject({ status: 201 });
  return response.body as JobBody;
}

const get = async (id: string, by = key) => (await ask('get', `/jobs/${id}`, undefined, by)).body as JobBody;

const reached = (id: string, status: string, by = key) =>
  waitUntil(`${id} is ${status}`, async () => {
    const job = await get(id, by);
    return job.status === status && job;
  });

async function list(query: string, by = key): Promise<Page> {
  const response = await ask('get', `/jobs?${query}`, undefined, by);
  expect({ status: response.status, body: response.body }).toMatchObject({ status: 200 });
  return response.body as Page;
}

const ids = ({ data }: Page) => data.map(({ id }) => id).toSorted();

/** What is listed comes a moment after it has happened. */
const lists = (query: string, jobs: { id: string }[], by = key) =>
  waitUntil(`${query} lists ${jobs.length}`, async () => {
    const wanted = jobs.map(({ id }) => id).toSorted();
    return JSON.stringify(ids(await list(query, by))) === JSON.stringify(wanted);
  });

describe('the jobs API', () => {
  beforeAll(async () => {
    const adminToken = newAdminToken();
    const env = {
      ...{ WORKER_JOB_TYPES: JOB_TYPES, HORIZON_DAYS: String(HORIZON_DAYS) },
      ...{ SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'timekeeper@example.com' },
    };
    [system, receiver] = await Promise.all([
      System.start({ ...withApiKeys(adminToken, env), workerEnv: { SMTP_URL: '', MAIL_FROM: '' } }),
      Receiver.start(),
    ]);
    operator = new Operator(system, adminToken);
    await operator.tenant('acme');
    const keyWith = async (...scopes: string[]) => (await operator.key('acme', scopes)).key;
    key = await keyWith(...SCOPES, 'jobs:global');
    withoutGlobal = await keyWith(...SCOPES);
    readOnly = await keyWith('jobs:read');
    await operator.tenant('small', { creates_per_second: 1, max_payload_bytes: 200 });
    small = (await operator.key('small', SCOPES)).key;
    await waitUntil('the job types are known', async () => {
      const { body } = await ask('get', '/job-types').expect(200);
      return (body.data as { type: string }[]).some(({ type }) => type === 'ordered');
    });
  });

  afterAll(async () => {
    await receiver?.stop();
    await system?.stop();
  });

  it('starts a job, answers how it stands and where it is, and then how it has ended', async () => {
    const response = await ask('post', '/jobs', ordered('plain', { labels: { campaign: 'spring' } }));
    const job = response.body as JobBody;
    expect(response.status).toBe(201);
    expect(response.headers.location).toBe(`/jobs/${job.id}`);
    expect(job).toMatchObject({
      ...{ type: 'ordered', scope: 'tenant', status: 'running', ended_at: null, parent_id: null },
      ...{ labels: { campaign: 'spring' }, children: { total: 0, ids: [] }, results: [] },
    });
    expect(await reached(job.id, 'succeeded')).toMatchObject({
      groups: ['first', 'second', 'third'].map((name) => ({ name, status: 'succeeded', tries: 1 })),
    });
  });

  it.each<[string, (startAt: string) => object]>([
    ['start_at', (startAt) => ({ start_at: startAt })],
    ['delay', () => ({ delay: `PT${START_MS / 1000}S` })],
  ])('begins nothing before its %s, and then all of it', async (field, when) => {
    const startAtMs = Date.now() + START_MS;
    const job = await post(ordered(field, when(new Date(startAtMs).toISOString())));
    expect(job).toMatchObject({ status: 'scheduled', groups: [{ status: 'waiting', tries: 0 }, {}, {}] });
    expect(Date.parse(job.start_at ?? '')).toBeGreaterThanOrEqual(startAtMs);
    const { groups } = await reached(job.id, 'succeeded');
    expect(Date.parse(groups[0]?.queued_at ?? '')).toBeGreaterThanOrEqual(startAtMs);
    const told = receiver.at(`/${field}/`);
    expect(told.map(({ target }) => target)).toEqual(
      ['first', 'second', 'third'].map((name) => `/${field}/${name}`),
    );
    expect(told[0]?.atMs).toBeGreaterThanOrEqual(startAtMs);
  });

  it('begins nothing of a job that is canceled before its start', async () => {
    const { id } = await post(ordered('never', { delay: 'PT2S', labels: { never: 'yes' } }));
    expect((await ask('delete', `/jobs/${id}`)).body).toMatchObject({ id });
    const { groups } = await reached(id, 'canceled');
    expect(groups.map(({ status, tries }) => [status, tries])).toEqual(groups.map(() => ['dropped', 0]));
    // Its first step would have come before this one.
    const after = await post(ordered('after-never', { delay: 'PT2S' }));
    await reached(after.id, 'succeeded');
    expect(receiver.at('/never')).toEqual([]);
  });

  it('shows how a job type wants its input, and of its data no more than it lets', async () => {
    const { body } = await ask('get', '/job-types').expect(200);
    const [ofChild] = (body.data as { type: string; input_schema: object }[]).filter(
      ({ type }) => type === 'child',
    );
    expect(ofChild?.input_schema).toMatchObject({
      ...{ type: 'object', required: ['url', 'result'], properties: { url: { type: 'string' } } },
    });
    const input = { url: receiver.url('/unseen'), result: 'unseen' };
    const { id } = await post({ type: 'child', input });
    expect((await reached(id, 'succeeded')).data).toBeNull();
    const shown = await post(ordered('seen'));
    expect((await reached(shown.id, 'succeeded')).data).toMatchObject({ seen: expect.any(Array) });
  });

  it.each<[string, () => object, number, string]>([
    [
      'an input that is not as its type wants it',
      () => ({ type: 'ordered', input: { url: 5 } }),
      400,
      'input.url',
    ],
    ['an input with too much', () => ordered('bad', { input: { url: 'a', more: 1 } }), 400, 'input.more'],
    ['no input', () => ({ type: 'ordered' }), 400, 'input'],
    ['a type that nobody has', () => ({ type: 'unheard-of', input: {} }), 422, 'type'],
    ['a type that is no name', () => ({ type: 'no name' }), 400, 'type'],
    [
      'two starts',
      () => ordered('bad', { delay: 'PT1H', start_at: daysFromNow(1) }),
      400,
      'start_at and delay',
    ],
    ['a start past the horizon', () => ordered('bad', { delay: `P${HORIZON_DAYS + 1}D` }), 400, 'delay'],
    ['an end past the horizon', () => ordered('bad', { kill_at: daysFromNow(31) }), 400, 'kill_at'],
    [
      'an end before its start',
      () => ordered('bad', { delay: 'P2D', kill_at: daysFromNow(1) }),
      400,
      'kill_at',
    ],
    ['an end that is over', () => ordered('bad', { kill_at: daysFromNow(-1) }), 400, 'kill_at'],
    ['a scope that there is not', () => ordered('bad', { scope: 'world' }), 400, 'scope'],
    ['labels that are too long', () => ordered('bad', { labels: { a: 'x'.repeat(257) } }), 400, 'labels'],
    ['a field that nobody knows', () => ordered('bad', { priority: 1 }), 400, 'priority'],
  ])('refuses %s and starts nothing', async (_what, body, status, field) => {
    const response = await ask('post', '/jobs', {
      ...body(),
      labels: { refused: 'yes', ...(body() as { labels?: object }).labels },
    });
    expect({ status: response.status, errors: response.body.errors as unknown }).toEqual({
      ...{ status, errors: [{ field, message: expect.any(String) }] },
    });
    expect(receiver.at('/bad')).toEqual([]);
  });

  it('has listed none of what it refused', async () => {
    const { id } = await post(ordered('listed', { labels: { refused: 'no' } }));
    await lists('label=refused:no', [{ id }]);
    expect((await list('label=refused:yes')).data).toEqual([]);
  });

  it('starts once what is asked for twice with one key, and refuses another body with it', async () => {
    const body = ordered('keyed', { labels: { keyed: 'yes' } });
    const keyed = (of: object, idempotencyKey: string) =>
      ask('post', '/jobs', of).set('idempotency-key', idempotencyKey);
    const idempotencyKey = randomUUID();
    const [first, second] = await Promise.all([keyed(body, idempotencyKey), keyed(body, idempotencyKey)]);
    const replay = await keyed(body, idempotencyKey);
    // The two that came together may have met: then one was told so.
    for (const { status } of [first, second]) expect([201, 409]).toContain(status);
    expect(replay).toMatchObject({ status: 201, headers: { 'idempotency-replayed': 'true' } });
    const { id } = replay.body as JobBody;
    for (const { status, body: answer } of [first, second]) {
      if (status === 201) expect((answer as JobBody).id).toBe(id);
    }
    const other = await keyed({ ...body, labels: {} }, idempotencyKey);
    expect(other).toMatchObject({
      status: 422,
      body: { type: expect.stringContaining('idempotency-key-reused') },
    });
    await keyed({ ...body, scope: 'global' }, idempotencyKey).expect(422);
    await reached(id, 'succeeded');
    await lists('label=keyed:yes', [{ id }]);
    expect(receiver.at('/keyed/first')).toHaveLength(1);
  });

  it('lists by status, type and labels, those of one page after those of another', async () => {
    const labels = { list: 'yes' };
    const later = await post(ordered('later', { labels, delay: 'PT1H' }));
    const endless = await post({ type: 'endless', input: { url: receiver.url('/endless') }, labels });
    const failing = { type: 'failing', input: { url: receiver.url('/failing'), failures: 0, final: true } };
    const failed = await post({ ...failing, labels: { ...labels, team: 'a:b' } });
    const succeeded = await post(ordered('succeeded', { labels }));
    await lists('label=list:yes&status=succeeded', [succeeded]);
    await lists('label=list:yes&status=failed,succeeded', [failed, succeeded]);
    await lists('label=list:yes&status=scheduled', [later]);
    await lists('label=list:yes&status=running', [endless]);
    await lists('label=list:yes&type=ordered', [later, succeeded]);
    await lists('label=list:yes&label=team:a:b', [failed]);
    await lists('label=list:yes', [later, endless, failed, succeeded]);

    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Page = await list(`label=list:yes&limit=1${cursor && `&cursor=${cursor}`}`);
      expect(page.data.length).toBeLessThanOrEqual(1);
      seen.push(...ids(page));
      cursor = page.next_cursor;
    }
    expect(seen.toSorted()).toEqual([later, endless, failed, succeeded].map(({ id }) => id).toSorted());
  });

  it.each(['limit=0', 'status=lost', 'parent=5', 'label=spring', 'cursor=x', 'scope=world', 'color=red'])(
    'refuses to list by %s',
    async (query) => {
      const { status, body } = await ask('get', `/jobs?${query}`);
      const [field] = query.split('=');
      expect({ status, errors: body.errors as unknown }).toMatchObject({ status: 400, errors: [{ field }] });
    },
  );

  it('takes no cursor of another list', async () => {
    await post(ordered('cursor', { labels: { cursor: 'yes' }, delay: 'PT1H' }));
    await post(ordered('cursor', { labels: { cursor: 'yes' }, delay: 'PT1H' }));
    const cursor = await waitUntil('there are two pages', async () => {
      return (await list('status=scheduled&limit=1')).next_cursor;
    });
    const { status, body } = await ask('get', `/jobs?status=running&limit=1&cursor=${cursor}`);
    expect({ status, errors: body.errors as unknown }).toMatchObject({
      ...{ status: 400, errors: [{ field: 'cursor' }] },
    });
  });

  it('lists the children of a job', async () => {
    const input = { url: receiver.url('/parent'), result: `family-${randomUUID()}`, count: 3 };
    const parent = await post({ type: 'parent', input });
    const { children } = await reached(parent.id, 'succeeded');
    expect(children.total).toBe(5);
    // For whoever may act for nobody in particular, all of them.
    const all = children.ids.map((id) => ({ id }));
    await lists(`parent=${parent.id}&scope=global`, all);
    const { data } = await list(`parent=${parent.id.toUpperCase()}&scope=global`);
    const global = data.filter(({ scope }) => scope === 'global');
    expect(global).toHaveLength(1);
    await lists(
      `parent=${parent.id}`,
      data.filter(({ scope }) => scope === 'tenant'),
      withoutGlobal,
    );
    const ofGlobal = await ask('get', `/jobs?parent=${parent.id}&scope=global`, undefined, withoutGlobal);
    expect(ofGlobal.status).toBe(403);
    for (const child of (await list(`parent=${parent.id}`)).data) {
      expect(child).toMatchObject({ parent_id: parent.id, scope: 'tenant', type: 'child' });
    }
  });

  it('has global jobs only for who may see them', async () => {
    const body = ordered('global', { scope: 'global', labels: { global: 'yes' } });
    const refused = await ask('post', '/jobs', body, withoutGlobal);
    expect(refused).toMatchObject({
      status: 403,
      body: { type: expect.stringContaining('insufficient-scope') },
    });
    const job = await post(body);
    expect(job.scope).toBe('global');
    await reached(job.id, 'succeeded');
    await lists('label=global:yes&scope=global', [job]);
    expect((await list('label=global:yes')).data).toEqual([]);
    expect(await ask('get', `/jobs/${job.id}`, undefined, withoutGlobal)).toMatchObject({ status: 404 });
    expect(await ask('get', '/jobs?scope=global', undefined, withoutGlobal)).toMatchObject({ status: 403 });
    expect(await ask('delete', `/jobs/${job.id}`, undefined, withoutGlobal)).toMatchObject({ status: 404 });
  });

  it('shows the alerts of global jobs to no tenant, and signs them with the secret of the default one', async () => {
    const byDefault = (await operator.key('default', ['timers:read', 'secrets:write'])).key;
    await ask('post', '/signing-secrets', {}, byDefault).expect(201);
    const failing = { type: 'failing', input: { url: receiver.url('/alarm'), failures: 0, final: true } };
    // The worker has no mail server, so that this alert fails.
    const alerts = { webhooks: [receiver.url('/alert')], emails: ['oncall@example.com'] };
    await post({ ...failing, scope: 'global', alerts });
    const [alert] = await receiver.received('/alert', 1);
    const { 'webhook-id': id, 'webhook-signature': signature } = alert?.headers ?? {};
    expect(signature).toMatch(/^v1/);
    // Of an id of the past that it has no timer of, anybody is told no more than this.
    const own = await ask('get', `/timers/${id as string}`, undefined, byDefault);
    expect(own.body).toMatchObject({ status: 'purged', url: null });
    const { body } = await ask('get', '/timers', undefined, byDefault).expect(200);
    expect(body.data).toEqual([]);

    const byOperator = (await operator.key('default', ['timers:read', 'jobs:global'])).key;
    const counted = async (by: string) =>
      (await ask('get', '/stats', undefined, by).expect(200)).body.job_alerts as { failed: number };
    await waitUntil('the alert that failed is counted', async () => (await counted(byOperator)).failed === 1);
    expect(await counted(byDefault)).toMatchObject({ failed: 0 });
  });

  it('lets no tenant be called as settings call global work', async () => {
    const { status, body } = await operator.request('post', '/tenants', { id: 'global', name: 'Global' });
    expect({ status, errors: body.errors as unknown }).toMatchObject({
      status: 400,
      errors: [{ field: 'id' }],
    });
  });

  it('has the jobs of a tenant only for that', async () => {
    const { id } = await post(ordered('own', { delay: 'PT1H' }));
    expect(await ask('get', `/jobs/${id}`, undefined, small)).toMatchObject({ status: 404 });
    expect(await ask('delete', `/jobs/${id}`, undefined, small)).toMatchObject({ status: 404 });
    expect(await ask('post', '/jobs', ordered('own'), readOnly)).toMatchObject({ status: 403 });
    expect(await ask('get', `/jobs/${randomUUID()}`)).toMatchObject({ status: 404 });
  });

  it('counts jobs among what a tenant may create, also global ones, and their input as what it sends', async () => {
    const large = { type: 'ordered', input: { url: 'a'.repeat(200) } };
    expect(await ask('post', '/jobs', large, small)).toMatchObject({
      ...{ status: 413, body: { detail: expect.stringContaining('at most 200 bytes') } },
    });
    const url = receiver.url('/small');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ask('post', '/jobs', { type: 'ordered', input: { url } }, small)),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(1);
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(1);
    expect(refused[0]).toMatchObject({ body: { type: expect.stringContaining('quota-exceeded') } });
    expect(refused[0]?.headers).toMatchObject({ 'retry-after': '1', ratelimit: expect.any(String) });
  });

  it('ends a job at its kill_at, and goes on with it when a person says so', async () => {
    const kill_at = new Date(Date.now() + 1_500).toISOString();
    const { id } = await post({ type: 'endless', input: { url: receiver.url('/killed') }, kill_at });
    const killed = await reached(id, 'killed');
    expect(killed.kill_at).toBe(kill_at);
    expect(await ask('delete', `/jobs/${id}`)).toMatchObject({ status: 409, body: { job_status: 'killed' } });
    const past = await ask('post', `/jobs/${id}/retry`, { kill_at: daysFromNow(31) });
    expect(past).toMatchObject({ status: 400, body: { errors: [{ field: 'kill_at' }] } });
    const retried = await ask('post', `/jobs/${id}/retry`, { kill_at: daysFromNow(1) });
    expect(retried).toMatchObject({ status: 200, body: { id, status: 'running' } });
    expect(await ask('post', `/jobs/${id}/retry`, {})).toMatchObject({
      status: 409,
      body: { job_status: 'running' },
    });
    await ask('delete', `/jobs/${id}`);
    await reached(id, 'canceled');
  });

  it('tells of a group that has no time for another try what the last one came to, until the job is killed', async () => {
    const kill_at = new Date(Date.now() + 4_000).toISOString();
    const { id } = await post({ type: 'hopeless', input: { url: receiver.url('/hopeless') }, kill_at });
    const waiting = await waitUntil('its try has ended', async () => {
      const job = await get(id);
      const [group] = job.groups;
      // A try is told of a moment before it has ended.
      return group?.tries === 1 && group.status !== 'running' && job;
    });
    const told = { tries: 1, error: 'broken \uFFFD', next_try_at: null };
    expect(waiting).toMatchObject({ status: 'running', groups: [{ ...told, status: 'retrying' }] });
    const killed = await reached(id, 'killed');
    expect(killed.groups).toMatchObject([{ ...told, status: 'dropped' }]);
    expect(Date.parse(killed.ended_at ?? '')).toBeGreaterThanOrEqual(Date.parse(kill_at));
  });

  it('cancels a job, however often it is asked, and none that has ended otherwise', async () => {
    const { id } = await post({ type: 'endless', input: { url: receiver.url('/canceled') } });
    await receiver.received('/canceled/before', 1);
    const { status } = await ask('delete', `/jobs/${id}`);
    expect([200, 202]).toContain(status);
    await reached(id, 'canceled');
    expect(await ask('delete', `/jobs/${id}`)).toMatchObject({
      status: 200,
      body: { id, status: 'canceled' },
    });
    expect(await ask('post', `/jobs/${id}/retry`, {})).toMatchObject({
      status: 409,
      body: { job_status: 'canceled' },
    });
    expect(await ask('post', `/jobs/${id}/groups/0/retry`)).toMatchObject({ status: 409 });
    expect(await ask('post', `/jobs/${id.toUpperCase()}/groups/0/retry`)).toMatchObject({ status: 409 });
    expect(await ask('post', `/jobs/${id}/groups/9/skip`)).toMatchObject({ status: 404 });

    const done = await post(ordered('done'));
    await reached(done.id, 'succeeded');
    expect(await ask('delete', `/jobs/${done.id}`)).toMatchObject({
      status: 409,
      body: { job_status: 'succeeded' },
    });
    expect(await ask('post', `/jobs/${done.id}/retry`, {})).toMatchObject({ status: 409 });
  });
});
