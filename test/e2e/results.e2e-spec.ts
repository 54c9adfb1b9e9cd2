import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Test } from 'supertest';
import { GLOBAL } from '#contracts/job.js';
import { Database, FOR_JOBS } from '#database/database.js';
import { Results } from '#database/results.js';
import type { ResultAmounts } from '#database/results.js';
import { newAdminToken, Operator, withApiKeys } from '../support/accounts.js';
import { System } from '../support/system.js';

const SCOPES = ['jobs:read', 'jobs:write'];

interface ResultBody {
  counters: Record<string, number>;
  lists: Record<string, { total: number }>;
  contributions: number;
}

let system: System;
let database: Database;
let results: Results;
let [acme, other, operatorOfAll] = ['', '', ''];
let contributions = 0;

const add = (name: string, amounts: ResultAmounts, tenant = 'acme') =>
  results.add({ tenant, name, contribution: String(contributions++) }, amounts);

const ask = (method: 'get' | 'put' | 'delete', path: string, key = acme): Test =>
  system.api()[method](path).auth(key, { type: 'bearer' });

beforeAll(async () => {
  const adminToken = newAdminToken();
  system = await System.start(withApiKeys(adminToken));
  const operator = new Operator(system, adminToken);
  for (const tenant of ['acme', 'other']) await operator.tenant(tenant);
  acme = (await operator.key('acme', SCOPES)).key;
  other = (await operator.key('other', SCOPES)).key;
  operatorOfAll = (await operator.key('acme', [...SCOPES, 'jobs:global'])).key;
  database = new Database(system.database?.url('timekeeper') ?? '', () => undefined, FOR_JOBS);
  results = new Results(database);
});

afterAll(async () => {
  await database.close();
  await system.stop();
});

describe('results', () => {
  it('have counters, and lists with how many items they have', async () => {
    await add('coupons:spring', { counters: { notified: 3, failed: 0 }, lists: { failures: [{ user: 1 }] } });
    await add('coupons:spring', { counters: { notified: -1 }, lists: { failures: [null, 'x'] } });
    const { body } = await ask('get', '/results/coupons:spring').expect(200);
    expect(body).toEqual({
      name: 'coupons:spring',
      counters: { notified: 2, failed: 0 },
      lists: { failures: { total: 3 } },
      contributions: 2,
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
    expect(Date.parse(body.updated_at)).toBeGreaterThanOrEqual(Date.parse(body.created_at));
    const escaped = await ask('get', '/results/coupons%3Aspring').expect(200);
    expect(escaped.body).toEqual(body);
  });

  it('give the items of a list page by page, in the order in which they were added, and those added meanwhile', async () => {
    await add('paged', { lists: { items: [0, null, '5'], others: ['x'] } });
    const items: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await ask('get', '/results/paged/lists/items')
        .query({ limit: 2, ...(cursor && { cursor }) })
        .expect(200);
      if (!cursor) await add('paged', { lists: { items: ['null', { a: [true] }] } });
      items.push(...(body.data as unknown[]));
      cursor = body.next_cursor as string | null;
    }
    expect(items).toEqual([0, null, '5', 'null', { a: [true] }]);
    const empty = await ask('get', '/results/paged/lists/unknown').expect(200);
    expect(empty.body).toEqual({ data: [], next_cursor: null });
  });

  it('lose nothing to 50 writers at once, and are whole whenever they are read meanwhile', async () => {
    const written = Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        add('busy', { counters: { count: 2 }, lists: { items: [n, -n] } }),
      ),
    );
    let reads = 0;
    const isOver = written.then(() => true);
    for (let over: boolean | void = false; !over; reads++) {
      const { status, body } = await ask('get', '/results/busy');
      if (status === 200) {
        const { counters, lists, contributions: count } = body as ResultBody;
        expect([counters.count, lists.items?.total]).toEqual([2 * count, 2 * count]);
      }
      over = await Promise.race([isOver, Promise.resolve()]);
    }
    expect(reads).toBeGreaterThan(0);
    const { body } = await ask('get', '/results/busy').expect(200);
    expect(body).toMatchObject({
      counters: { count: 100 },
      lists: { items: { total: 100 } },
      contributions: 50,
    });
  });

  it('are begun anew when they were deleted, which can be asked for twice', async () => {
    await add('gone', { counters: { count: 1 }, lists: { items: [1] } });
    await ask('delete', '/results/gone').expect(204);
    await ask('delete', '/results/gone').expect(204);
    const { body } = await ask('get', '/results/gone').expect(404);
    expect(body.detail).toBe('There is no result gone.');
    await ask('get', '/results/gone/lists/items').expect(404);
    await add('gone', { counters: { count: 1 } });
    const anew = await ask('get', '/results/gone').expect(200);
    expect(anew.body).toMatchObject({ counters: { count: 1 }, lists: {} });
  });

  it('are those of the tenant only, whatever another one asks', async () => {
    await add('private', { counters: { count: 1 }, lists: { items: [1] } });
    await ask('get', '/results/private', other).expect(404);
    await ask('get', '/results/private/lists/items', other).expect(404);
    await ask('delete', '/results/private', other).expect(204);
    await ask('get', '/results/private').expect(200);
  });

  it('of global jobs are for keys with the scope jobs:global', async () => {
    await add('everywhere', { counters: { count: 7 }, lists: { items: [1] } }, GLOBAL);
    for (const path of ['/results/everywhere', '/results/everywhere/lists/items']) {
      await ask('get', path, operatorOfAll).expect(404);
      const { body } = await ask('get', `${path}?scope=global`).expect(403);
      expect(body.type).toBe('urn:timekeeper:problem:insufficient-scope');
    }
    await ask('delete', '/results/everywhere?scope=global').expect(403);
    const { body } = await ask('get', '/results/everywhere?scope=global', operatorOfAll).expect(200);
    expect(body).toMatchObject({ counters: { count: 7 } });
    const items = await ask('get', '/results/everywhere/lists/items?scope=global', operatorOfAll).expect(200);
    expect(items.body.data).toEqual([1]);
    await ask('delete', '/results/everywhere?scope=global', operatorOfAll).expect(204);
    await ask('get', '/results/everywhere?scope=global', operatorOfAll).expect(404);
  });

  it.each([
    ['/results/a%20b', 'name'],
    ['/results/a:', 'name'],
    ['/results/%00', 'name'],
    [`/results/${'a'.repeat(65)}`, 'name'],
    ['/results/a/lists/b:c', 'list'],
    ['/results/a/lists/b?limit=0', 'limit'],
    ['/results/a/lists/b?cursor=x', 'cursor'],
    ['/results/a?scope=all', 'scope'],
    ['/results/a?colour=red', 'colour'],
  ])('refuse %s', async (path, field) => {
    const { body } = await ask('get', path).expect(400);
    expect(body.errors).toMatchObject([{ field }]);
  });
});

describe('job alerts', () => {
  const webhooks = ['http://127.0.0.1:8999/alerts'];

  it('go to nobody until somebody is named, and to those who were named last', async () => {
    const nobody = { webhooks: [], emails: [] };
    expect((await ask('get', '/job-alerts').expect(200)).body).toEqual(nobody);
    expect((await ask('put', '/job-alerts').send({ webhooks, emails: [] }).expect(200)).body).toEqual({
      webhooks,
      emails: [],
    });
    expect((await ask('get', '/job-alerts').expect(200)).body).toEqual({ webhooks, emails: [] });
    expect((await ask('get', '/job-alerts', other).expect(200)).body).toEqual(nobody);
    await ask('put', '/job-alerts').send(nobody).expect(200);
    expect((await ask('get', '/job-alerts').expect(200)).body).toEqual(nobody);
  });

  it('of global jobs are for keys with the scope jobs:global', async () => {
    await ask('put', '/job-alerts?scope=global').send({ webhooks, emails: [] }).expect(403);
    await ask('put', '/job-alerts?scope=global', operatorOfAll).send({ webhooks, emails: [] }).expect(200);
    const { body } = await ask('get', '/job-alerts?scope=global', operatorOfAll).expect(200);
    expect(body).toEqual({ webhooks, emails: [] });
    expect((await ask('get', '/job-alerts', operatorOfAll).expect(200)).body.webhooks).toEqual([]);
  });

  it.each([
    ['a webhook that is none', { webhooks: ['ftp://example.com'], emails: [] }, 'webhooks'],
    [
      'too many webhooks',
      { webhooks: Array.from({ length: 11 }, () => webhooks[0]), emails: [] },
      'webhooks',
    ],
    ['an address that is none', { webhooks, emails: ['oncall'] }, 'emails'],
    ['addresses that are no list', { webhooks, emails: 'oncall@example.com' }, 'emails'],
    ['one list without the other', { webhooks }, 'emails'],
    ['an unknown property', { webhooks, emails: [], email: [] }, 'email'],
  ])('refuse %s', async (_what, body, field) => {
    const { body: problem } = await ask('put', '/job-alerts').send(body).expect(400);
    expect(problem.errors).toMatchObject([{ field }]);
  });

  it('refuse a webhook where nothing may be sent', async () => {
    const { body } = await ask('put', '/job-alerts')
      .send({ webhooks: ['http://10.0.0.1/'], emails: [] })
      .expect(422);
    expect(body.type).toBe('urn:timekeeper:problem:destination_blocked');
  });

  it('refuse e-mail addresses unless there is a server to give mail to', async () => {
    const emails = ['oncall@example.com'];
    const { body } = await ask('put', '/job-alerts').send({ webhooks: [], emails }).expect(422);
    expect(body).toMatchObject({
      type: 'urn:timekeeper:problem:no-mail-server',
      detail: expect.stringContaining('SMTP_URL'),
    });
    await restart({ SMTP_URL: 'smtp://127.0.0.1:9' });
    await ask('put', '/job-alerts').send({ webhooks: [], emails }).expect(200);
    expect((await ask('get', '/job-alerts').expect(200)).body).toEqual({ webhooks: [], emails });
  });
});

describe('without a database', () => {
  it('there are neither results nor alerts, and the answer says why', async () => {
    await restart({ API_KEYS: 'off', DATABASE_URL: '', SECRETS_KEY: '' });
    for (const path of ['/results/a', '/results/a/lists/b', '/job-alerts']) {
      const { body } = await system.api().get(path).expect(422);
      expect(body.type).toBe('urn:timekeeper:problem:jobs-need-database');
    }
  });
});

async function restart(env: Record<string, string>): Promise<void> {
  await system.server.stop();
  system.server.start(env);
  await system.server.ready();
}
