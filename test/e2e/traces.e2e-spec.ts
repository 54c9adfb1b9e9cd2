import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeTimerId, timersWorkflowId } from '#contracts/timer-id.js';
import { createClient } from '#temporal/connection.js';
import { freePort } from '../../scripts/ports.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { Collector } from '../support/collector.js';
import type { CollectedSpan } from '../support/collector.js';
import { Groups } from '../support/groups.js';
import { JOB_TYPES, Jobs } from '../support/jobs.js';
import { Receiver } from '../support/receiver.js';
import type { ReceivedRequest } from '../support/receiver.js';
import { System } from '../support/system.js';
import type { TimerBody } from '../support/system.js';

const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/;
const SECRET = 'very-secret';

let collector: Collector;
let receiver: Receiver;
let system: System;

beforeAll(async () => {
  [collector, receiver] = await Promise.all([Collector.start(), Receiver.start()]);
  system = await System.start({
    database: true,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20of%20the%20collector',
      OTEL_BSP_SCHEDULE_DELAY: '200',
      TRACE_DELIVERIES: 'true',
      WORKER_JOB_TYPES: JOB_TYPES,
      LOG_LEVEL: 'debug',
    },
  });
});

afterAll(async () => {
  await system?.stop();
  await Promise.all([collector?.stop(), receiver?.stop()]);
});

/** The span that a request which went out names. */
function senderOf({ headers }: ReceivedRequest) {
  const [, traceId = '', spanId = ''] = TRACEPARENT.exec(String(headers.traceparent)) ?? [];
  return collector.span('that sent it', (span) => span.spanId === spanId && span.traceId === traceId);
}

async function arrived(prefix: string, count = 1) {
  return (await receiver.received(prefix, count))[count - 1] as ReceivedRequest;
}

describe('where traces are on', () => {
  it('one trace leads from the request that sets a timer to the request that goes out, through the workflow', async () => {
    await system
      .api()
      .post('/timers')
      .set('traceparent', `00-${CALLER.traceId}-${CALLER.spanId}-01`)
      .send({
        seconds: 1,
        url: receiver.url(`/one?key=${SECRET}`),
        headers: { 'x-key': SECRET },
        body: SECRET,
      })
      .expect(201);
    const sent = await senderOf(await arrived('/one'));
    expect(sent).toMatchObject({ traceId: CALLER.traceId, service: 'timekeeper-worker' });
    const line = await waitUntil('the log tells of the attempt', () =>
      readFileSync(system.worker.logFile, 'utf8')
        .split('\n')
        .find((text) => text.includes('An attempt has ended') && text.includes(CALLER.traceId)),
    );
    expect(JSON.parse(line)).toMatchObject({ trace_id: sent.traceId, span_id: sent.spanId, attempt: 1 });
    const request = await collector.span('of the request', ({ parentId }) => parentId === CALLER.spanId);
    expect(request).toMatchObject({ service: 'timekeeper-server', traceId: CALLER.traceId });
    expect(request.attributes).toMatchObject({
      'http.response.status_code': 201,
      'timekeeper.tenant': 'default',
    });
    // Above the request is the caller's own span, which is not ours to send.
    const path: string[] = [sent.name];
    for (let { parentId } = sent; parentId !== CALLER.spanId;) {
      const wanted = parentId;
      const parent = await collector.span(wanted, ({ spanId }) => spanId === wanted);
      path.unshift(parent.name);
      ({ parentId } = parent);
    }
    expect(path).toEqual([
      'POST /timers',
      'StartWorkflow:timers',
      'RunWorkflow:timers',
      'StartActivity:deliver',
      'RunActivity:deliver',
      'deliver webhook',
    ]);
    expect(sent.links).toEqual([]);
    expect(sent.attributes).toMatchObject({ 'http.response.status_code': 200, 'timekeeper.attempt': 1 });
  });

  it('timers that share a workflow stay in the traces of their own requests, with links to what they share', async () => {
    const posts = Array.from({ length: 12 }, (_, i) =>
      system.post({ seconds: 2, url: receiver.url(`/many/${i}`) }),
    );
    const timers = await Promise.all(posts);
    const sent = await Promise.all((await receiver.received('/many/', 12)).map(senderOf));
    const keyOf = (span: CollectedSpan) => groupKeyOf(String(span.attributes['timekeeper.timer']));
    const group = sent
      .map((one) => sent.filter((other) => keyOf(other) === keyOf(one)))
      .reduce((best, each) => (each.length > best.length ? each : best));
    expect(group.length).toBeGreaterThan(1);
    expect(new Set(sent.map(({ traceId }) => traceId)).size).toBe(timers.length);
    const led = group.find(({ links }) => links.length === 0);
    const activity = await collector.span('of the activity', ({ spanId }) => spanId === led?.parentId);
    for (const attempt of group.filter((each) => each !== led)) {
      expect(await collector.pathTo(attempt)).toEqual(['POST /timers', 'deliver webhook']);
      expect(attempt.links).toEqual([{ traceId: activity.traceId, spanId: activity.spanId }]);
    }
    const stored = await collector.span(
      'of the start',
      ({ name, traceId }) => name === 'store timers' && traceId === led?.traceId,
    );
    const others = group.filter((each) => each !== led).map(({ traceId }) => traceId);
    expect(stored.links.map(({ traceId }) => traceId).sort()).toEqual(others.sort());
    const other = await collector.span(
      'of another request',
      ({ spanId }) => spanId === group.find((s) => s !== led)?.parentId,
    );
    expect(other.links).toEqual([{ traceId: stored.traceId, spanId: stored.spanId }]);
  });

  it('long after its request an attempt is in another trace, and leads back by a link; so do runs of schedules', async () => {
    const groups = Groups.of(system);
    const traceparent = `00-${CALLER.traceId}-${CALLER.spanId}-01`;
    const origin = { traceparent, atMs: Date.now() - 3_600_000 };
    await groups.start([{ url: receiver.url('/late'), dueMs: Date.now(), trace: origin }]);
    await groups.client.connection.close();
    const late = await senderOf(await arrived('/late'));
    expect(late.traceId).not.toBe(CALLER.traceId);
    expect(late.links).toEqual([CALLER]);
    expect((await collector.pathTo(late)).at(-2)).toBe('RunActivity:deliver');

    const schedule = { every: 'PT1S', max_runs: 2, url: receiver.url('/run') };
    await system.api().post('/schedules').send(schedule).expect(201);
    await arrived('/run', 2);
    const runs = await Promise.all(receiver.at('/run').map(senderOf));
    const set = await collector.span('of the schedule', ({ name }) => name === 'POST /schedules');
    expect(new Set([set, ...runs].map(({ traceId }) => traceId)).size).toBe(3);
    for (const run of runs) {
      expect(run.links).toEqual([{ traceId: set.traceId, spanId: set.spanId }]);
      expect((await collector.pathTo(run))[0]).toBe('RunWorkflow:timers');
    }
  });

  it('a job is one trace from its request to what its steps call', async () => {
    const jobs = new Jobs(system);
    await jobs.published('ordered');
    await jobs.start('ordered', { url: receiver.url('/job') });
    const called = await senderOf(await arrived('/job/'));
    expect(await collector.pathTo(called)).toEqual([
      'POST /jobs',
      'StartWorkflow:job',
      'RunWorkflow:job',
      'StartActivity:runGroup',
      'RunActivity:runGroup',
      expect.stringMatching(/^step /),
      'call service',
    ]);
  });

  it('spans tell nothing secret', async () => {
    receiver.answer('/down', (_request, response) => response.writeHead(503).end(SECRET));
    await system.post({ url: receiver.url(`/down/${SECRET}`), retry: { max_attempts: 1 } });
    const failed = await collector.span(
      'that failed',
      ({ attributes }) => attributes['error.type'] === '503',
    );
    expect(failed.attributes['server.address']).toBe('127.0.0.1');
    await system.api().get(`/timers/${SECRET}`).expect(400);
    await collector.span('of the wrong id', ({ name }) => name === 'GET /timers/:id');
    const all = collector.requests.map(({ bytes }) => bytes.toString('latin1')).join();
    expect(all).not.toContain(SECRET);
    expect(all).not.toContain('memo');
    expect(collector.requests[0]?.headers.authorization).toBe('Bearer of the collector');
  });
});

describe('where traces are off, or the collector is away', () => {
  it('nothing is traced, recorded or sent; what was set with traces goes out without', async () => {
    const off = { OTEL_EXPORTER_OTLP_ENDPOINT: '' };
    const before = await system.post({ seconds: 8, url: receiver.url('/set-before') });
    await Promise.all(system.apps.map((app) => app.stop()));
    const count = collector.requests.length;
    for (const app of system.apps) app.start(off);
    await system.ready();
    const timer = await system.post({ url: receiver.url('/untraced') });
    for (const path of ['/untraced', '/set-before'])
      expect((await arrived(path)).headers).not.toHaveProperty('traceparent');
    expect(collector.requests).toHaveLength(count);
    expect(await startOf(before)).toMatchObject({
      headers: ['_tracer-data'],
      trace: { atMs: expect.any(Number) },
    });
    expect(await startOf(timer)).toEqual({ headers: [], trace: undefined });
  });

  it('a collector that cannot be reached neither delays nor breaks anything, and is told of in the log', async () => {
    const before = await system.post({ seconds: 8, url: receiver.url('/set-untraced') });
    await Promise.all(system.apps.map((app) => app.stop()));
    const nobody = `http://127.0.0.1:${await freePort()}`;
    for (const app of system.apps) app.start({ OTEL_EXPORTER_OTLP_ENDPOINT: nobody });
    await system.ready();
    const timer = await system.post({ seconds: 1, url: receiver.url('/nobody') });
    const { atMs } = await arrived('/nobody');
    expect(atMs - Date.parse(timer.fire_at)).toBeLessThan(1_000);
    await arrived('/set-untraced');
    await waitUntil('its timer is done', async () => (await system.get(before.id)).status === 'delivered');
    const said = () => readFileSync(system.worker.logFile, 'utf8').includes('Spans were not taken');
    await waitUntil('the log tells of it', said, { timeoutMs: 60_000 });
    const stopping = Date.now();
    expect(await Promise.all(system.apps.map((app) => app.stop()))).toEqual(['code 0', 'code 0']);
    expect(Date.now() - stopping).toBeLessThan(15_000);
  });
});

/** What the engine was given when the workflow of the timer was started. */
async function startOf({ id }: TimerBody) {
  const connectionOptions = { address: system.engine.address };
  const client = createClient({ connectionOptions, namespace: 'default' }, 'test');
  const history = await client.workflow.getHandle(timersWorkflowId('default', groupKeyOf(id))).fetchHistory();
  await client.connection.close();
  const { header, input } = history.events?.[0]?.workflowExecutionStartedEventAttributes ?? {};
  const data = Buffer.from(input?.payloads?.[0]?.data ?? []).toString();
  const { timers } = JSON.parse(data) as { timers: { trace?: object }[] };
  return { headers: Object.keys(header?.fields ?? {}), trace: timers[0]?.trace };
}

function groupKeyOf(id: string): string {
  return decodeTimerId(id)?.groupKey ?? '';
}
