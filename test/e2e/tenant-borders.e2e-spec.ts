import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Response } from 'supertest';
import { ROOT } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { newAdminToken, Operator, withApiKeys } from '../support/accounts.js';
import { System } from '../support/system.js';

const SCOPES = [
  ...['timers:read', 'timers:write', 'schedules:read', 'schedules:write'],
  ...['jobs:read', 'jobs:write', 'emails:read', 'emails:write', 'secrets:write'],
  ...['blasts:read', 'blasts:write', 'bookings:read', 'bookings:write'],
  ...['webhook-endpoints:read', 'webhook-endpoints:write'],
];
const JOB_TYPES = join(ROOT, 'dist/test/support/scheduled-job-types.js');
/** Each has something of theirs. */
const LISTS = [
  ...['/timers', '/emails', '/schedules', '/jobs', '/signing-secrets'],
  ...['/bookings', '/webhook-endpoints', '/blasts'],
];
const URL = 'http://127.0.0.1:9999/hook';

/** What is sent to routes that need a body; text is NDJSON. */
const BODIES: Record<string, object | string> = {
  'PATCH /timers/{id}': { seconds: 1 },
  'PATCH /emails/{id}': { delay: 'PT2H' },
  'PATCH /schedules/{id}': { name: 'mine now' },
  'POST /schedules/{id}/backfill': { from: '2026-11-01T00:00:00Z', to: '2026-11-01T01:00:00Z' },
  'PATCH /bookings/{id}': { title: 'mine now' },
  'PATCH /webhook-endpoints/{id}': { description: 'mine now' },
  'PATCH /blasts/{id}': { rate: 1 },
  'POST /blasts/{id}/recipients': '{"url": "http://127.0.0.1:9999/mine-now"}',
  'POST /blasts/{id}/resolve': { as: 'sent' },
  'POST /blasts/{id}/recipients/{n}/resolve': { as: 'sent' },
};

interface Route {
  method: string;
  path: string;
}

describe('what belongs to another tenant', () => {
  let system: System;
  let [ours, theirs] = ['', ''];
  let routes: Route[];
  /** Ids of what the other tenant has, by where it is found. */
  let idsByCollection: Record<string, string>;

  beforeAll(async () => {
    const adminToken = newAdminToken();
    system = await System.start({
      ...withApiKeys(adminToken, { SMTP_URL: 'smtp://127.0.0.1:9' }),
      workerEnv: { WORKER_JOB_TYPES: JOB_TYPES },
    });
    const operator = new Operator(system, adminToken);
    const keyOf = async (tenant: string) => {
      await operator.tenant(tenant);
      return (await operator.key(tenant, SCOPES)).key;
    };
    [ours, theirs] = [await keyOf('ours'), await keyOf('theirs')];
    routes = await routesWithId();
    await waitUntil('the job type is known', async () => (await list('/job-types', theirs)).length > 0);
    idsByCollection = {
      timers: await make('/timers', { hours: 1, url: URL }),
      emails: await make('/emails', { to: 'ada@example.com', subject: 'Hi', text: 'Hi', delay: 'PT1H' }),
      schedules: await make('/schedules', { every: 'PT1H', url: URL }),
      jobs: await make('/jobs', { type: 'report', input: { url: URL }, delay: 'PT1H' }),
      'signing-secrets': await make('/signing-secrets', {}),
      bookings: await make('/bookings', {
        ...{ title: 'Fitting', starts_at: '2036-05-01T10:00:00Z', ends_at: '2036-05-01T11:00:00Z' },
        ...{
          timezone: 'UTC',
          organizer: { email: 'bob@example.com' },
          attendees: [{ email: 'ada@example.com' }],
        },
      }),
      'webhook-endpoints': await make('/webhook-endpoints', { url: URL }),
      blasts: await make('/blasts', { name: 'News', channel: 'webhook', webhook: {} }),
      operations: await make('/timers/redeliver', { all: true }),
    };
  });

  afterAll(() => system.stop());

  it('is answered like what is not there, whatever is asked of it', async () => {
    expect(routes.length).toBeGreaterThan(35);
    for (const route of routes) {
      const id = idsByCollection[collectionOf(route)] as string;
      const unknown = id.slice(0, -4) + (id.endsWith('0000') ? '0001' : '0000');
      const [foreign, missing] = [await ask(route, id), await ask(route, unknown)];
      const what = `${route.method} ${route.path}`;
      expect([what, foreign.status]).toEqual([what, 404]);
      expect([what, plain(foreign, id)]).toEqual([what, plain(missing, unknown)]);
    }
  });

  it('stays as it was', async () => {
    for (const [collection, id] of Object.entries(idsByCollection)) {
      const path = collection === 'signing-secrets' ? `/${collection}` : `/${collection}/${id}`;
      const { text } = await system.api().get(path).auth(theirs, { type: 'bearer' }).expect(200);
      expect(text).toContain(id);
      expect(text).not.toContain('mine now');
    }
    const timer = await system
      .api()
      .get(`/timers/${idsByCollection.timers}`)
      .auth(theirs, { type: 'bearer' });
    expect(timer.body).toMatchObject({ status: 'scheduled', version: 0 });
  });

  it('is in none of our lists', async () => {
    for (const path of LISTS) {
      await waitUntil(`it is in their own of ${path}`, async () => (await list(path, theirs)).length > 0);
      expect([path, await list(path, ours)]).toEqual([path, []]);
    }
  });

  /** Of every route that the server says it has, those of one thing of a tenant. */
  async function routesWithId(): Promise<Route[]> {
    const { body } = await system.api().get('/api-docs-json').expect(200);
    const paths = Object.entries(body.paths as Record<string, object>);
    return paths
      .filter(([path]) => path.includes('{id}') && !path.startsWith('/tenants/'))
      .flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
      );
  }

  async function list(path: string, key: string): Promise<unknown[]> {
    const { body } = await system.api().get(path).auth(key, { type: 'bearer' }).expect(200);
    return body.data as unknown[];
  }

  async function make(path: string, body: object): Promise<string> {
    const made = await system.api().post(path).auth(theirs, { type: 'bearer' }).send(body);
    expect([201, 202]).toContain(made.status);
    return made.body.id as string;
  }

  /** As a tenant that it does not belong to. */
  async function ask({ method, path }: Route, id: string): Promise<Response> {
    const verb = method.toLowerCase() as 'get' | 'post' | 'patch' | 'delete';
    const url = path.replace('{id}', id).replace('{n}', '1');
    const request = system.api()[verb](url).auth(ours, { type: 'bearer' });
    const body = BODIES[`${method} ${path}`];
    return typeof body === 'string' ? request.type('application/x-ndjson').send(body) : request.send(body);
  }
});

function collectionOf({ path }: Route): string {
  return path.split('/')[1] ?? '';
}

/** All of an answer that may differ between two, without the id that was asked for. */
function plain({ text, headers }: Response, id: string): unknown[] {
  return [text.replaceAll(id, 'ID'), Object.keys(headers).sort()];
}
