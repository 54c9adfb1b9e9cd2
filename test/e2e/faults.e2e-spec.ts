import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { decodeTimerId, timersWorkflowId } from '#contracts/timer-id.js';
import { Database } from '#database/database.js';
import { createClient } from '#temporal/connection.js';
import { waitUntil } from '../../scripts/wait-until.js';
import type { App } from '../support/app.js';
import { FAULTY_JOB_TYPES, Jobs } from '../support/jobs.js';
import { Mailbox } from '../support/mailbox.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

type Line = Record<string, unknown>;

/** In what is sent, and nowhere else. */
const CANARY = `canary${randomBytes(8).toString('hex')}`;
const ENVELOPES = '/api/1/envelope/';

let system: System;
let receiver: Receiver;
let mailbox: Mailbox;
let database: Database;

beforeAll(async () => {
  [receiver, mailbox] = await Promise.all([Receiver.start(), Mailbox.start()]);
  system = await System.start({
    database: true,
    env: {
      ...{ LOG_LEVEL: 'trace', SMTP_URL: mailbox.url, RETRY_DELAYS_SECONDS: '3600' },
      ...{ BOOKING_SETTLE_SECONDS: '1', WORKER_JOB_TYPES: FAULTY_JOB_TYPES, SENTRY_ENVIRONMENT: 'test' },
      SENTRY_DSN: receiver.url('/1').replace('://', '://key@'),
    },
  });
  database = new Database(system.database?.url('timekeeper') ?? '', () => undefined);
}, 180_000);

afterAll(async () => {
  await database?.close();
  await system?.stop();
  await Promise.all([receiver?.stop(), mailbox?.stop()]);
});

describe('a line of the log', () => {
  it('says of which request and tenant it is, and of which timer', async () => {
    const created = await system
      .api()
      .post('/timers')
      .set('x-request-id', 'my-request-1')
      .send({ hours: 1, url: receiver.url('/later') })
      .expect(201);
    expect(created.headers['x-request-id']).toBe('my-request-1');
    const about = { tenant: 'default', timer: created.body.id };
    expect(await line(system.server, { requestId: 'my-request-1' })).toMatchObject({
      ...{ ...about, method: 'POST', route: '/timers', status: 201 },
      msg: 'A request was answered',
    });

    const read = await system
      .api()
      .get(`/timers/${created.body.id}`)
      .set('x-request-id', CANARY + '?');
    const requestId = read.headers['x-request-id'] as string;
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await line(system.server, { requestId })).toMatchObject({ ...about, route: '/timers/:id' });
  });

  it('says of which workflow, timer and attempt it is', async () => {
    const { id } = await system.post({ seconds: 0, url: receiver.url('/now') });
    expect(await line(system.worker, { timer: id })).toMatchObject({
      ...{ tenant: 'default', workflowId: workflowIdOf(id), activityType: 'deliver', attempt: 1 },
      ...{ runId: expect.any(String), statusCode: 200, msg: 'An attempt has ended' },
    });
  });
});

describe('a fault', () => {
  it('of a customer is told to nobody', async () => {
    receiver.answer('/broken', (_request, response) => response.writeHead(500).end(CANARY));
    const { id } = await system.post({
      ...{ seconds: 0, url: `${receiver.url(`/broken/${CANARY}?key=${CANARY}`)}` },
      ...{ headers: { authorization: `Bearer ${CANARY}` }, body: { secret: CANARY } },
    });
    await waitUntil('it has failed', async () => (await system.get(id)).status === 'retrying');
    const mail = { to: `${CANARY}@example.com`, subject: CANARY, text: CANARY };
    await system.api().post('/emails').send(mail).expect(201);
    await mailbox.received(CANARY, 1);
    await system.api().get(`/timers/${CANARY}?key=${CANARY}`).expect(400);
    await system
      .api()
      .post('/timers')
      .set('content-type', 'application/json')
      .send(`{"${CANARY}`)
      .expect(400);
    expect(receiver.at(ENVELOPES)).toEqual([]);
  });

  it("in a step of somebody's job is in the log and told to nobody", async () => {
    const jobs = new Jobs(system);
    await jobs.published('throwing');
    const job = await jobs.start('throwing', { secret: CANARY });
    const workflowId = `job:default:${job}`;
    expect(await line(system.worker, { job, workflowId })).toMatchObject({
      ...{ tenant: 'default', activityType: 'runGroup', jobType: 'throwing' },
      err: { type: 'TypeError', message: 'a mistake in a step' },
    });
    expect(receiver.at(ENVELOPES)).toEqual([]);
  });

  it('of the server is told once, with what it was doing', async () => {
    await database.orm.execute(sql`ALTER TABLE suppressions RENAME TO mislaid`);
    const body = { address: `${CANARY}@example.com`, detail: CANARY };
    await system.api().post('/suppressions').set('x-request-id', 'faulty').send(body).expect(500);
    const [event] = await told({ app: 'server' });
    expect(event).toMatchObject({
      ...{ environment: 'test', level: 'error', release: expect.stringMatching(/^timekeeper@/) },
      tags: { tenant: 'default', requestId: 'faulty', method: 'POST', route: '/suppressions' },
      exception: { values: [{ stacktrace: { frames: expect.any(Array) } }] },
    });
    expect(await line(system.server, { requestId: 'faulty', level: 50 })).toMatchObject({
      ...{ msg: 'A request failed', tenant: 'default' },
    });
  });

  it('of an activity is told at its last attempt, with its workflow', async () => {
    const booking = {
      ...{ title: CANARY, starts_at: new Date(Date.now() + 3_600_000).toISOString() },
      ends_at: new Date(Date.now() + 7_200_000).toISOString(),
      ...{ timezone: 'Europe/Berlin', organizer: { name: 'Shop', email: 'shop@example.com' } },
      attendees: [{ name: CANARY, email: `${CANARY}@example.com` }],
    };
    const { body } = await system.api().post('/bookings').send(booking).expect(201);
    const [event] = await told({ activityType: 'sendBookingMail' });
    expect(event).toMatchObject({
      tags: {
        ...{ app: 'worker', tenant: 'default', workflowType: 'booking', attempt: 1, taskQueue: 'messages' },
        workflowId: `booking:default:${body.id}`,
      },
    });
    await database.orm.execute(sql`ALTER TABLE mislaid RENAME TO suppressions`);
    await system.api().delete(`/bookings/${body.id}`).expect(200);
  });

  it('of a workflow is told once, with where it was', async () => {
    const { id } = await system.post({ hours: 1, url: receiver.url('/fails') });
    const connectionOptions = { address: system.engine.address };
    const client = createClient({ connectionOptions, namespace: 'default' }, 'faults-test');
    const handle = client.workflow.getHandle(workflowIdOf(id));
    await handle.signal('attemptEnded', null);
    const workflowId = workflowIdOf(id);
    const [event, ...others] = await told({ workflowType: 'timers' });
    expect(event).toMatchObject({
      tags: { app: 'worker', tenant: 'default', workflowId, runId: expect.any(String) },
      exception: { values: [{ type: 'WorkflowTaskFailed', stacktrace: { frames: expect.any(Array) } }] },
    });
    expect(others).toEqual([]);
    await handle.terminate();
    await client.connection.close();
  });
});

describe('a crash', () => {
  it('is logged and told of before the process ends', async () => {
    await new Jobs(system).start('crashing', { secret: CANARY });
    expect(await system.worker.process.exited).toBe('code 1');
    const [event] = await told({ crash: 'yes' });
    expect(event).toMatchObject({
      tags: { app: 'worker', tenant: 'default', activityType: 'runGroup' },
      exception: { values: [{ type: 'RangeError', value: 'a mistake that nobody awaits' }] },
    });
    expect(await line(system.worker, { msg: 'The process has crashed' })).toMatchObject({ level: 50 });
  });
});

describe('what customers send', () => {
  it('is in no log and in nothing that Sentry is told', () => {
    const texts = system.apps.map(({ logFile }) => readFileSync(logFile, 'utf8'));
    expect(texts.join('\n')).toContain('An attempt has ended');
    const envelopes = receiver.at(ENVELOPES).map(({ body }) => body);
    expect(envelopes.length).toBeGreaterThanOrEqual(4);
    expect([...texts, ...envelopes].filter((text) => text.includes(CANARY)).map(around)).toEqual([]);
  });
});

/** Where it is. */
function around(text: string): string {
  const at = text.indexOf(CANARY);
  return text.slice(Math.max(0, at - 400), at + 100);
}

/** Waits for a line of the log that has these fields. */
async function line(app: App, fields: Line): Promise<Line> {
  return waitUntil(`${app.name} logs ${JSON.stringify(fields)}`, () => {
    const lines = readFileSync(app.logFile, 'utf8').split('\n').filter(Boolean);
    return lines
      .map((text) => JSON.parse(text) as Line)
      .find((each) => Object.entries(fields).every(([name, value]) => each[name] === value));
  });
}

/** Waits for the events that Sentry was told of with these tags. */
async function told(tags: Line): Promise<Line[]> {
  return waitUntil(`Sentry is told of ${JSON.stringify(tags)}`, () => {
    const events = receiver.at(ENVELOPES).map(({ body }) => JSON.parse(body.split('\n')[2] ?? '{}') as Line);
    const found = events.filter(({ tags: own = {} }) =>
      Object.entries(tags).every(([name, value]) => (own as Line)[name] === value),
    );
    return found.length > 0 && found;
  });
}

function workflowIdOf(id: string): string {
  return timersWorkflowId('default', decodeTimerId(id)?.groupKey ?? '');
}
