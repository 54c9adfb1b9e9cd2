import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeTimerId } from '#contracts/timer-id.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { Receiver } from '../support/receiver.js';
import type { ReceivedRequest } from '../support/receiver.js';
import { System } from '../support/system.js';

interface Run {
  id: string;
  fire_at: string;
  status: string;
}

interface ScheduleBody {
  id: string;
  paused: boolean;
  runs_left: number | null;
  next_runs: Run[];
  last_runs: Run[];
  [field: string]: unknown;
}

const HOUR_MS = 3_600_000;

let system: System;
let receiver: Receiver;

async function post(body: object): Promise<ScheduleBody> {
  const response = await system.api().post('/schedules').send(body);
  expect({ status: response.status, body: response.body }).toMatchObject({ status: 201 });
  return response.body as ScheduleBody;
}

async function get(id: string): Promise<ScheduleBody> {
  const { body } = await system.api().get(`/schedules/${id}`).expect(200);
  return body as ScheduleBody;
}

async function act<Answer = ScheduleBody>(
  id: string,
  action: string,
  body: object = {},
  status = 200,
): Promise<Answer> {
  const response = await system.api().post(`/schedules/${id}/${action}`).send(body);
  expect({ status: response.status, body: response.body }).toMatchObject({ status });
  return response.body as Answer;
}

const remove = (id: string) => system.api().delete(`/schedules/${id}`).expect(204);

const idOf = ({ headers }: ReceivedRequest) => headers['webhook-id'] as string;
const dueMsOf = (request: ReceivedRequest) => decodeTimerId(idOf(request))?.dueMs as number;
const secondsOf = (requests: ReceivedRequest[]) => requests.map((request) => dueMsOf(request) / 1000);

/** Resolves when so many whole seconds have come after this one, as another schedule sees them. */
async function secondsPass(count: number): Promise<void> {
  const path = `/clock-${randomUUID()}`;
  const { id } = await post({ every: 'PT1S', overlap: 'allow_all', url: receiver.url(path) });
  await receiver.received(path, count);
  await remove(id);
}

describe('schedules', () => {
  beforeAll(async () => {
    [system, receiver] = await Promise.all([System.start(), Receiver.start()]);
  });

  afterAll(async () => {
    await receiver.stop();
    await system.stop();
  });

  describe('runs', () => {
    it('come each in its second, never early, as timers that can be asked for', async () => {
      const { id } = await post({
        ...{ every: 'PT1S', url: receiver.url('/every'), method: 'PUT', body: { n: 1 }, labels: { a: 'b' } },
      });
      const requests = await receiver.received('/every', 4);
      await remove(id);
      for (const request of requests) {
        expect(request).toMatchObject({ method: 'PUT', body: '{"n":1}' });
        expect(request.atMs).toBeGreaterThanOrEqual(dueMsOf(request));
      }
      const seconds = secondsOf(requests);
      expect(new Set(seconds).size).toBe(seconds.length);
      const runId = idOf(requests[0] as ReceivedRequest);
      const timer = await waitUntil('the first run is delivered', async () => {
        const known = await system.get(runId);
        return known.status === 'delivered' ? known : undefined;
      });
      expect(timer).toMatchObject({
        ...{ id: runId, url: receiver.url('/every'), time_left: 0 },
        fire_at: new Date(dueMsOf(requests[0] as ReceivedRequest)).toISOString(),
      });
    });

    it.each([
      ['by cron with seconds', { cron: '*/10 * * * * *', timezone: 'Asia/Kathmandu' }, 10],
      ['every two seconds, side by side', { every: 'PT2S', overlap: 'allow_all' }, 2],
    ])('are as punctual as timers: %s', async (what, when, gapSeconds) => {
      const path = `/${encodeURIComponent(what)}`;
      const { id } = await post({ ...when, url: receiver.url(path) });
      const [first, second] = (await receiver.received(path, 2)) as [ReceivedRequest, ReceivedRequest];
      await remove(id);
      for (const request of [first, second]) {
        const latenessMs = request.atMs - dueMsOf(request);
        expect(latenessMs).toBeGreaterThanOrEqual(0);
        expect(latenessMs).toBeLessThan(2_000);
      }
      expect(dueMsOf(second) - dueMsOf(first)).toBe(gapSeconds * 1000);
    });

    it('begin at starts_at, even if that is sooner than the engine would have to start the first', async () => {
      const startsMs = Math.ceil(Date.now() / 1000 + 1) * 1000;
      const { id, next_runs } = await post({
        ...{ every: 'PT1H', starts_at: new Date(startsMs).toISOString(), url: receiver.url('/starts') },
      });
      const [request] = await receiver.received('/starts', 1);
      expect(dueMsOf(request as ReceivedRequest)).toBe(startsMs);
      expect((request as ReceivedRequest).atMs).toBeGreaterThanOrEqual(startsMs);
      expect(next_runs.map(({ fire_at }) => Date.parse(fire_at))).toContain(startsMs + HOUR_MS);
      await remove(id);
      expect(receiver.at('/starts')).toHaveLength(1);
    });

    it('end with max_runs', async () => {
      const { id, runs_left } = await post({
        ...{ every: 'PT1S', max_runs: 2, overlap: 'allow_all', url: receiver.url('/max') },
      });
      expect(runs_left).toBe(2);
      await receiver.received('/max', 2);
      await secondsPass(4);
      expect(receiver.at('/max')).toHaveLength(2);
      expect(await get(id)).toMatchObject({ runs_left: 0, next_runs: [], max_runs: 2 });
    });

    it('end with ends_at, which may itself have one', async () => {
      const endsMs = Math.ceil(Date.now() / 1000 + 4) * 1000;
      await post({
        ...{ every: 'PT1S', ends_at: new Date(endsMs).toISOString(), overlap: 'allow_all' },
        url: receiver.url('/ends'),
      });
      await waitUntil('the last run', () => secondsOf(receiver.at('/ends')).includes(endsMs / 1000));
      await secondsPass(3);
      expect(Math.max(...secondsOf(receiver.at('/ends')))).toBe(endsMs / 1000);
    });

    it('are spread by jitter, and keep the ids that follow from their times', async () => {
      const { id } = await post({
        ...{ every: 'PT1S', overlap: 'allow_all', jitter: 'PT2S', url: receiver.url('/jitter') },
      });
      const requests = await receiver.received('/jitter', 5);
      await remove(id);
      const spreadMs = requests.map((request) => request.atMs - dueMsOf(request));
      expect(Math.min(...spreadMs)).toBeGreaterThanOrEqual(0);
      expect(new Set(requests.map(idOf)).size).toBe(requests.length);
      const { fire_at } = await system.get(idOf(requests[0] as ReceivedRequest));
      expect(Date.parse(fire_at)).toBeLessThanOrEqual((requests[0] as ReceivedRequest).atMs);
    });
  });

  describe('runs that meet', () => {
    it('are left out by default', async () => {
      receiver.answer('/slow', (_request, response) => setTimeout(() => response.end(), 2_500));
      const { id } = await post({ every: 'PT1S', url: receiver.url('/slow') });
      const requests = await receiver.received('/slow', 3);
      await remove(id);
      for (const [at, { atMs }] of requests.entries()) {
        const before = requests[at - 1];
        if (before) expect(atMs - before.atMs).toBeGreaterThanOrEqual(2_500);
      }
    });

    it('wait for each other with buffer_one', async () => {
      receiver.answer('/buffered', (_request, response) => setTimeout(() => response.end(), 2_500));
      const { id } = await post({ every: 'PT1S', overlap: 'buffer_one', url: receiver.url('/buffered') });
      const requests = await receiver.received('/buffered', 3);
      await remove(id);
      for (const [at, { atMs }] of requests.entries()) {
        const before = requests[at - 1];
        if (before) expect(atMs - before.atMs).toBeGreaterThanOrEqual(2_500);
      }
      const waitedMs = requests.map((request) => request.atMs - dueMsOf(request));
      expect(waitedMs[1]).toBeGreaterThan(1_000);
    });

    it('are canceled with cancel_other', async () => {
      receiver.answer('/canceled', (_request, response) => response.writeHead(500).end());
      const { id } = await post({
        ...{ every: 'PT2S', overlap: 'cancel_other', retry: { delays_seconds: [600] } },
        url: receiver.url('/canceled'),
      });
      const [first] = await receiver.received('/canceled', 2);
      await remove(id);
      expect(await system.get(idOf(first as ReceivedRequest))).toMatchObject({ status: 'canceled' });
      expect(new Set(receiver.at('/canceled').map(idOf)).size).toBe(receiver.at('/canceled').length);
    });
  });

  describe('a schedule', () => {
    it('shows what was set, its next ten runs and its latest', async () => {
      const asked = {
        ...{ name: 'daily report', cron: '30 9 * * MON-FRI', timezone: 'Europe/Berlin' },
        ...{ starts_at: '2027-03-26T00:00:00+01:00', ends_at: '2030-01-01T00:00:00Z', jitter: 'PT0S' },
        ...{ catchup_window: 'PT5M', url: receiver.url('/shown'), body: { a: [null, 1.5] } },
        ...{ headers: { 'X-Team': 'a' }, retry: { max_attempts: 2 }, labels: { a: 'b' } },
      };
      const { id, next_runs, created_at, updated_at, ...shown } = await post(asked);
      expect(shown).toEqual({ ...asked, overlap: 'skip', paused: false, runs_left: null });
      expect(Date.parse(created_at as string)).toBe(Date.parse(updated_at as string));
      // Friday in winter time, the other days in summer time.
      expect(next_runs.slice(0, 3).map(({ fire_at }) => fire_at)).toEqual([
        ...['2027-03-26T08:30:00.000Z', '2027-03-29T07:30:00.000Z', '2027-03-30T07:30:00.000Z'],
      ]);
      expect(next_runs).toHaveLength(10);
      expect(await get(id)).toMatchObject({ ...asked, id, last_runs: [] });
    });

    it.each([
      [
        'in a gap of the clocks has no run',
        { cron: '30 2 * * *', timezone: 'Europe/Berlin', starts_at: '2027-03-27T00:00:00Z' },
        ['2027-03-27T01:30:00.000Z', '2027-03-29T00:30:00.000Z'],
      ],
      [
        'that comes twice on clocks east of Greenwich has the second of two runs',
        { cron: '30 2 * * *', timezone: 'Europe/Berlin', starts_at: '2027-10-30T00:00:00Z' },
        ['2027-10-30T00:30:00.000Z', '2027-10-31T01:30:00.000Z', '2027-11-01T01:30:00.000Z'],
      ],
      [
        'that comes twice on clocks west of Greenwich has two runs',
        { cron: '30 1 * * *', timezone: 'America/New_York', starts_at: '2027-11-06T00:00:00Z' },
        ['2027-11-06T05:30:00.000Z', '2027-11-07T05:30:00.000Z', '2027-11-07T06:30:00.000Z'],
      ],
      [
        'several of which in an hour come twice has the second of each',
        { cron: '*/20 2,3 * * *', timezone: 'Europe/Berlin', starts_at: '2027-10-30T22:00:00Z' },
        [
          ...['2027-10-31T01:00:00.000Z', '2027-10-31T01:20:00.000Z', '2027-10-31T01:40:00.000Z'],
          ...['2027-10-31T02:00:00.000Z', '2027-10-31T02:20:00.000Z', '2027-10-31T02:40:00.000Z'],
          '2027-11-01T01:00:00.000Z',
        ],
      ],
      [
        'several of which come twice has the first of each, if there are runs in the hour before',
        { cron: '*/30 1,2 * * *', timezone: 'Europe/Berlin', starts_at: '2027-10-30T22:00:00Z' },
        [
          ...['2027-10-30T23:00:00.000Z', '2027-10-30T23:30:00.000Z'],
          ...['2027-10-31T00:00:00.000Z', '2027-10-31T00:30:00.000Z', '2027-11-01T00:00:00.000Z'],
        ],
      ],
      [
        'several of which come twice has the second of each on clocks of Greenwich itself',
        { cron: '*/30 1 * * *', timezone: 'Europe/London', starts_at: '2027-10-30T12:00:00Z' },
        ['2027-10-31T01:00:00.000Z', '2027-10-31T01:30:00.000Z', '2027-11-01T01:00:00.000Z'],
      ],
      [
        'comes twice on clocks that are set back half an hour',
        { cron: '*/15 1 * * *', timezone: 'Australia/Lord_Howe', starts_at: '2027-04-03T12:00:00Z' },
        [
          ...['2027-04-03T14:00:00.000Z', '2027-04-03T14:15:00.000Z'],
          ...['2027-04-03T14:30:00.000Z', '2027-04-03T14:45:00.000Z', '2027-04-04T14:30:00.000Z'],
        ],
      ],
      [
        'of every hour has all its runs when clocks are set back',
        { cron: '30 * * * *', timezone: 'Europe/Berlin', starts_at: '2027-10-30T23:00:00Z' },
        ['2027-10-30T23:30:00.000Z', '2027-10-31T00:30:00.000Z', '2027-10-31T01:30:00.000Z'],
      ],
      [
        'of every hour has all its runs when clocks are set forward',
        { cron: '30 * * * *', timezone: 'Europe/Berlin', starts_at: '2027-03-28T00:00:00Z' },
        ['2027-03-28T00:30:00.000Z', '2027-03-28T01:30:00.000Z', '2027-03-28T02:30:00.000Z'],
      ],
      [
        'just after a gap has its run',
        { cron: '0 3 * * *', timezone: 'Europe/Berlin', starts_at: '2027-03-27T00:00:00Z' },
        ['2027-03-27T02:00:00.000Z', '2027-03-28T01:00:00.000Z', '2027-03-29T01:00:00.000Z'],
      ],
      [
        'at midnight is that of the zone',
        { cron: '0 0 * * *', timezone: 'America/New_York', starts_at: '2027-03-14T00:00:00Z' },
        ['2027-03-14T05:00:00.000Z', '2027-03-15T04:00:00.000Z'],
      ],
      [
        'decades ahead is in the right season',
        { cron: '0 12 1 JAN,JUL *', timezone: 'Europe/Berlin', starts_at: '2090-01-01T00:00:00Z' },
        ['2090-01-01T11:00:00.000Z', '2090-07-01T10:00:00.000Z', '2091-01-01T11:00:00.000Z'],
      ],
      [
        'on either of two days has a run on both',
        { cron: '0 0 13 * FRI', starts_at: '2027-08-10T00:00:00Z' },
        ['2027-08-13T00:00:00.000Z', '2027-08-20T00:00:00.000Z', '2027-08-27T00:00:00.000Z'],
      ],
    ])('at a time %s', async (_what, when, expected) => {
      const { next_runs } = await post({ ...when, url: receiver.url('/dst') });
      expect(next_runs.slice(0, expected.length).map(({ fire_at }) => fire_at)).toEqual(expected);
    });

    it('has no runs while it is paused, and makes up for none of them', async () => {
      const { id } = await post({ every: 'PT1S', overlap: 'allow_all', url: receiver.url('/paused') });
      await receiver.received('/paused', 1);
      const pausedMs = Date.now();
      expect(await act(id, 'pause')).toMatchObject({ id, paused: true, next_runs: [] });
      const before = receiver.at('/paused').length;
      await secondsPass(3);
      expect(receiver.at('/paused')).toHaveLength(before);
      expect(await act(id, 'pause')).toMatchObject({ paused: true });
      const resumedMs = Date.now();
      expect(await act(id, 'resume')).toMatchObject({ id, paused: false });
      await receiver.received('/paused', before + 2);
      await remove(id);
      for (const second of secondsOf(receiver.at('/paused').slice(before))) {
        expect(second * 1000).toBeGreaterThan(resumedMs);
      }
      expect(resumedMs).toBeGreaterThan(pausedMs);
    });

    it('has a run when it is triggered, paused or not, and each time another one', async () => {
      const { id } = await post({ cron: '0 0 1 1 *', url: receiver.url('/triggered') });
      await act(id, 'pause');
      const runs = [await act<Run>(id, 'trigger', {}, 202), await act<Run>(id, 'trigger', {}, 202)];
      for (const run of runs) expect(await system.get(run.id)).toMatchObject({ fire_at: run.fire_at });
      const requests = await receiver.received('/triggered', 2);
      expect(requests.map(idOf).sort()).toEqual(runs.map((run) => run.id).sort());
      for (const request of requests) expect(request.atMs).toBeGreaterThanOrEqual(dueMsOf(request));
      await waitUntil('the latest runs are delivered', async () => {
        const { last_runs } = await get(id);
        return last_runs.length === 2 && last_runs.every(({ status }) => status === 'delivered');
      });
      const { last_runs } = await get(id);
      expect(last_runs.map((run) => run.id)).toEqual(runs.map((run) => run.id).reverse());
    });

    it('makes up for runs of the past', async () => {
      const { id } = await post({ cron: '0 * * * *', url: receiver.url('/backfill') });
      const toMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
      const range = (hours: number) => ({
        ...{ from: new Date(toMs - hours * HOUR_MS).toISOString(), to: new Date(toMs).toISOString() },
      });
      expect(await act(id, 'backfill', range(3), 202)).toEqual({ runs: 4 });
      const requests = await receiver.received('/backfill', 4);
      expect(secondsOf(requests).sort()).toEqual([3, 2, 1, 0].map((ago) => (toMs - ago * HOUR_MS) / 1000));
      for (const [wrong, field, message] of [
        [range(1_200), 'to', /at most 999 runs/],
        [{ ...range(1), to: new Date(Date.now() + HOUR_MS).toISOString() }, 'to', /must have passed/],
        [{ ...range(1), from: new Date(toMs).toISOString() }, 'to', /must be after from/],
        [{ ...range(1), from: '2025-12-31T23:59:59Z' }, 'from', /not be before 2026/],
        [{ ...range(1), overlap: 'none' }, 'overlap', /must be one of/],
        [{ to: range(1).to }, 'from', /such as/],
      ] as const) {
        const { errors } = await act(id, 'backfill', wrong, 400);
        expect(errors).toEqual([{ field, message: expect.stringMatching(message) }]);
      }
    });

    it('keeps its id and its runs when it is changed', async () => {
      const { id, created_at } = await post({
        ...{ every: 'PT1S', name: 'a', body: { n: 1 }, url: receiver.url('/before') },
      });
      const [first] = await receiver.received('/before', 1);
      const { body: changed } = await system
        .api()
        .patch(`/schedules/${id}`)
        .send({ url: receiver.url('/after'), name: null, method: 'PATCH', labels: { a: 'b' } })
        .expect(200);
      expect(changed).toMatchObject({ id, created_at, every: 'PT1S', method: 'PATCH', body: { n: 1 } });
      expect(changed).not.toHaveProperty('name');
      const [request] = await receiver.received('/after', 1);
      expect(request).toMatchObject({ method: 'PATCH', body: '{"n":1}' });
      expect((await get(id)).last_runs.map((run) => run.id)).toContain(idOf(first as ReceivedRequest));

      const { body: byCron } = await system
        .api()
        .patch(`/schedules/${id}`)
        .send({ cron: '0 12 * * *', timezone: 'Asia/Tokyo', max_runs: 5 })
        .expect(200);
      expect(byCron).toMatchObject({ cron: '0 12 * * *', runs_left: 5 });
      expect(byCron).not.toHaveProperty('every');
      expect((byCron as ScheduleBody).next_runs[0]?.fire_at).toMatch(/T03:00:00\.000Z$/);
    });

    it('loses no change when several are made at once', async () => {
      const { id } = await post({ cron: '0 0 1 1 *', url: receiver.url('/at-once') });
      const changes = [
        ...[{ name: 'n' }, { labels: { a: 'b' } }, { method: 'PUT' }, { overlap: 'skip' }],
        ...[{ timeout_seconds: 7 }, { body: 'b' }],
      ];
      await Promise.all([
        ...changes.map((change) => system.api().patch(`/schedules/${id}`).send(change).expect(200)),
        act(id, 'pause'),
      ]);
      expect(await get(id)).toMatchObject({ ...Object.assign({}, ...changes), paused: true });
    });

    it('is gone when it is deleted, which can be asked for twice', async () => {
      const { id } = await post({ every: 'PT1S', overlap: 'allow_all', url: receiver.url('/deleted') });
      await receiver.received('/deleted', 1);
      await remove(id);
      const before = receiver.at('/deleted').length;
      await secondsPass(3);
      expect(receiver.at('/deleted')).toHaveLength(before);
      await system.api().get(`/schedules/${id}`).expect(404);
      await system.api().patch(`/schedules/${id}`).send({ name: 'a' }).expect(404);
      for (const action of ['pause', 'resume', 'trigger']) await act(id, action, {}, 404);
      await remove(id);
    });

    it('sends nothing more when it is paused, though a run was started when it still had other times', async () => {
      const { id } = await post({ cron: '0 0 1 1 *', jitter: 'P1D', url: receiver.url('/jitter-before') });
      const run = await act<Run>(id, 'trigger', {}, 202);
      await system.api().patch(`/schedules/${id}`).send({ jitter: null }).expect(200);
      await act(id, 'pause');
      expect(await system.get(run.id)).toMatchObject({ status: 'canceled' });
    });

    it('is not changed by nothing', async () => {
      const { id } = await post({ cron: '0 0 1 1 *', url: receiver.url('/same') });
      await system.api().patch(`/schedules/${id}`).send({}).expect(400);
    });

    it('is none if it was never set', async () => {
      const id = randomUUID();
      const { body } = await system.api().get(`/schedules/${id}`).expect(404);
      expect(body.detail).toBe(`There is no schedule ${id}.`);
      await system.api().delete(`/schedules/${id}`).expect(404);
      await system.api().get('/schedules/abc').expect(400);
    });
  });

  describe('POST /schedules with an Idempotency-Key', () => {
    it('sets one schedule, whatever is asked for at once or later, and refuses another body', async () => {
      const body = { cron: '0 9 * * *', url: receiver.url('/key'), labels: { a: 'b', c: 'd' } };
      const key = randomUUID();
      const send = (sent: object) => system.api().post('/schedules').set('idempotency-key', key).send(sent);
      const answers = await Promise.all([send(body), send(body), send(body)]);
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
      expect(new Set(answers.map(({ body: answer }) => (answer as ScheduleBody).id)).size).toBe(1);
      const again = await send({ labels: { c: 'd', a: 'b' }, url: body.url, cron: body.cron }).expect(201);
      expect(again.headers['idempotency-replayed']).toBe('true');
      expect(again.body).toEqual(answers[0]?.body);
      const { body: problem } = await send({ ...body, cron: '0 10 * * *' }).expect(422);
      expect(problem.type).toBe('urn:timekeeper:problem:idempotency-key-reused');
    });

    it('answers as it did first after a change, and does not set again what was deleted', async () => {
      const body = { cron: '0 9 * * *', url: receiver.url('/key-kept'), max_runs: 3, body: { a: [1] } };
      const key = randomUUID();
      const send = (sent: object) => system.api().post('/schedules').set('idempotency-key', key).send(sent);
      const { body: first } = (await send(body).expect(201)) as { body: ScheduleBody };
      const path = `/schedules/${first.id}`;
      await system.api().post(`${path}/pause`).expect(200);
      expect((await send(body).expect(201)).body).toEqual(first);
      await system.api().patch(path).send({ cron: '0 10 * * *', body: null, max_runs: null }).expect(200);
      const changed = await send(body).expect(201);
      expect({ ...changed.body, next_runs: [] }).toEqual({ ...first, next_runs: [] });
      await remove(first.id);
      const { body: deleted, headers } = await send(body).expect(201);
      expect(headers['idempotency-replayed']).toBe('true');
      expect(deleted).toEqual({ ...first, next_runs: [] });
      await system.api().get(path).expect(404);
      await send({ ...body, max_runs: 4 }).expect(422);
    });
  });

  describe('GET /schedules', () => {
    it('lists all of them page by page', async () => {
      const set = await Promise.all(
        Array.from({ length: 5 }, (_, n) =>
          post({ name: `listed ${n}`, cron: '0 9 * * *', url: receiver.url('/listed') }),
        ),
      );
      const list = async () => {
        const found: ScheduleBody[] = [];
        for (let cursor: string | null = ''; cursor !== null;) {
          const { body }: { body: { data: ScheduleBody[]; next_cursor: string | null } } = await system
            .api()
            .get('/schedules')
            .query({ limit: 2, ...(cursor && { cursor }) })
            .expect(200);
          expect(body.data.length).toBeLessThanOrEqual(2);
          found.push(...body.data);
          cursor = body.next_cursor;
        }
        return found;
      };
      const found = await waitUntil('all are listed', async () => {
        const listed = (await list()).filter(({ name }) => /^listed/.test(String(name)));
        return listed.length >= set.length ? listed : undefined;
      });
      expect(found.map(({ id }) => id).sort()).toEqual(set.map(({ id }) => id).sort());
      const { last_runs: _lastRuns, ...known } = await get(found[0]?.id as string);
      expect(found[0]).toEqual(known);
    });

    it.each([
      ['limit=0', 'limit'],
      ['limit=101', 'limit'],
      ['limit=x', 'limit'],
      ['cursor=@', 'cursor'],
      ['cursor=abc', 'cursor'],
      // A token of the engine's, without a checksum.
      [`cursor=${Buffer.from('{}').toString('base64url')}`, 'cursor'],
      ['colour=red', 'colour'],
    ])('refuses %s', async (query, field) => {
      const { body } = await system.api().get(`/schedules?${query}`).expect(400);
      expect(body.errors).toMatchObject([{ field }]);
    });
  });

  it.each([
    ['nothing that says when', {}, 'cron, every', /exactly one/],
    ['both ways to say when', { cron: '* * * * *', every: 'PT1S' }, 'cron, every', /exactly one/],
    ['a cron of four fields', { cron: '* * * *' }, 'cron', /must have 5 fields/],
    ['a cron that the engine does not know', { cron: '0 0 L * *' }, 'cron', /"L" as its day of month/],
    ['a cron that never comes', { cron: '0 0 30 2 *' }, 'cron', /never comes/],
    ['a cron that is no text', { cron: 5 }, 'cron', /must be 5 fields/],
    ['an interval under a second', { every: 'PT0S' }, 'every', /from PT1S/],
    ['an interval of a month', { every: 'P1M' }, 'every', /years or months/],
    ['an unknown zone', { every: 'PT1H', timezone: 'Berlin' }, 'timezone', /IANA/],
    [
      'a start without an offset',
      { every: 'PT1H', starts_at: '2027-01-01T00:00:00' },
      'starts_at',
      /such as/,
    ],
    [
      'an end that has passed',
      { every: 'PT1H', ends_at: '2026-01-01T00:00:00Z' },
      'ends_at',
      /must be after now/,
    ],
    ['no runs at all', { every: 'PT1H', max_runs: 0 }, 'max_runs', /from 1 to/],
    ['an unknown overlap', { every: 'PT1H', overlap: 'buffer_all' }, 'overlap', /must be one of skip/],
    ['too short a catch-up', { every: 'PT1H', catchup_window: 'PT1S' }, 'catchup_window', /from PT10S/],
    ['a name with a line break', { every: 'PT1H', name: 'a\nb' }, 'name', /control character/],
    ['a null', { every: 'PT1H', name: null }, 'name', /1 to 128 characters/],
    ['nothing to do', { every: 'PT1H', url: undefined }, 'url, job', /exactly one/],
    ['a wrong url', { every: 'PT1H', url: 'ftp://example.com' }, 'url', /http:\/\/ or https:\/\/ URL/],
    [
      'a body with GET',
      { every: 'PT1H', method: 'GET', body: 1 },
      'body',
      /not possible with the method GET/,
    ],
    ['a wrong retry', { every: 'PT1H', retry: { max_attempts: 99 } }, 'retry.max_attempts', /1 to 20/],
    ['an unknown property', { every: 'PT1H', crontab: '' }, 'crontab', /not a known property/],
  ])('refuses %s', async (_what, wrong, field, message) => {
    const { body } = await system
      .api()
      .post('/schedules')
      .send({ url: receiver.url('/wrong'), ...wrong })
      .expect(400);
    expect(body.errors).toEqual([{ field, message: expect.stringMatching(message) }]);
  });

  it.each([
    [{ cron: '61 * * * *' }, 'cron'],
    [{ cron: null }, 'cron, every'],
    [{ url: null }, 'url, job'],
    [{ colour: 'red' }, 'colour'],
    [{ max_runs: 1.5 }, 'max_runs'],
    [[], 'body'],
  ])('refuses the change %j', async (patch, field) => {
    const { id, next_runs } = await post({ cron: '0 9 * * *', url: receiver.url('/unchanged') });
    const { body } = await system.api().patch(`/schedules/${id}`).send(patch).expect(400);
    expect(body.errors).toMatchObject([{ field }]);
    expect((await get(id)).next_runs).toEqual(next_runs);
  });
});

describe('schedules whose processes are killed', () => {
  beforeAll(async () => {
    [system, receiver] = await Promise.all([System.start(), Receiver.start()]);
  });

  afterAll(async () => {
    await receiver.stop();
    await system.stop();
  });

  it('show a run that no worker has taken up, and it is sent when one is there', async () => {
    await system.worker.kill();
    const { id } = await post({ cron: '0 0 1 1 *', url: receiver.url('/no-worker') });
    const run = await act<Run>(id, 'trigger', {}, 202);
    expect(await system.get(run.id)).toMatchObject({ id: run.id, status: 'scheduled', fire_at: run.fire_at });
    expect((await get(id)).last_runs).toEqual([run]);
    system.worker.start();
    await receiver.received('/no-worker', 1);
    await waitUntil('it is delivered', async () => (await system.get(run.id)).status === 'delivered');
    await system.worker.kill();
    expect((await get(id)).last_runs).toMatchObject([{ id: run.id, status: 'delivered' }]);
    expect(await system.get(run.id)).toMatchObject({ status: 'delivered' });
    system.worker.start();
    await system.worker.ready();
  });

  it('make up for runs that an outage of the engine left out, if these are not older than catchup_window', async () => {
    const every = { every: 'PT1S', overlap: 'allow_all' };
    const [byDefault, short] = await Promise.all([
      post({ ...every, url: receiver.url('/catch-up') }),
      post({ ...every, url: receiver.url('/catch-up-10'), catchup_window: 'PT10S' }),
    ]);
    await Promise.all(['/catch-up', '/catch-up-10'].map((path) => receiver.received(path, 2)));
    await system.engine.kill();
    const killedMs = Date.now();
    await waitUntil('the outage has been longer than that', () => Date.now() > killedMs + 18_000, {
      timeoutMs: 30_000,
    });
    const backMs = Date.now();
    await system.engine.start();
    const since = (path: string) => secondsOf(receiver.at(path)).filter((second) => second * 1000 > backMs);
    for (const path of ['/catch-up', '/catch-up-10']) {
      await waitUntil(`${path} goes on`, () => since(path).length > 2, { timeoutMs: 60_000 });
    }
    await waitUntil(
      'no run is missing where the window is 60 s',
      () => {
        const seconds = [...new Set(secondsOf(receiver.at('/catch-up')))].sort();
        return seconds.every((second, at) => at === 0 || second - (seconds[at - 1] as number) === 1);
      },
      { timeoutMs: 60_000 },
    );
    // Started up to 2 s before they are due, and by then too old.
    const tooOld = secondsOf(receiver.at('/catch-up-10')).filter(
      (second) => second * 1000 > killedMs + 3_000 && second * 1000 < backMs - 11_000,
    );
    expect(tooOld).toEqual([]);
    await Promise.all([remove(byDefault.id), remove(short.id)]);
  });

  it('go on when all of them are there again', async () => {
    const { id } = await post({ every: 'PT2S', overlap: 'allow_all', url: receiver.url('/killed') });
    await receiver.received('/killed', 2);
    await system.killAll();
    const before = receiver.at('/killed').length;
    const killedMs = Date.now();
    await system.engine.start();
    system.startApps();
    await system.ready();
    await receiver.received('/killed', before + 3, 60_000);
    const { last_runs } = await get(id);
    expect(last_runs.some(({ fire_at }) => Date.parse(fire_at) > killedMs)).toBe(true);
    // What the killed processes had begun is tried again after a while; what was due meanwhile is made up for.
    await waitUntil('no run is missing', () => {
      const seconds = [...new Set(secondsOf(receiver.at('/killed')))].sort();
      return seconds.every((second, at) => at === 0 || second - (seconds[at - 1] as number) === 2);
    });
    await remove(id);
  });
});
