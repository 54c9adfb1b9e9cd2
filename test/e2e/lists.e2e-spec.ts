import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeTimerId } from '#contracts/timer-id.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { Groups } from '../support/groups.js';
import { postTimers } from '../support/load.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

const HOUR_MS = 3_600_000;

interface Summary {
  id: string;
  status: string;
  host: string;
  fire_at: string;
  labels: Record<string, string>;
}

interface Stats {
  lateness: { p50_ms: number; p99_ms: number; max_ms: number };
}

describe('seeing timers', () => {
  let system: System;
  let receiver: Receiver;
  let groups: Groups;

  beforeAll(async () => {
    [system, receiver] = await Promise.all([
      System.start({ env: { RETRY_DELAYS_SECONDS: '1,1' } }),
      Receiver.start(),
    ]);
    groups = Groups.of(system);
    receiver.answer('/fails', (_request, response) => response.writeHead(500).end('not today'));
  });

  afterAll(async () => {
    await groups.close();
    await receiver.stop();
    await system.stop();
  });

  /** Every timer of the list, page by page. */
  async function all(filter: Record<string, string | string[]>, limit = 100): Promise<Summary[]> {
    const timers: Summary[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const { body } = await system
        .api()
        .get('/timers')
        .query({ ...filter, limit, ...(cursor && { cursor }) })
        .expect(200);
      expect(body.data.length).toBeLessThanOrEqual(limit);
      timers.push(...(body.data as Summary[]));
      cursor = body.next_cursor as string | null;
    }
    return timers;
  }

  const idsOf = (timers: { id: string }[]) => timers.map(({ id }) => id).sort();

  const listed = (filter: Record<string, string | string[]>, count: number) =>
    waitUntil(`${count} timers with ${JSON.stringify(filter)}`, async () => {
      const timers = await all(filter);
      return timers.length === count && timers;
    });

  describe('GET /timers', () => {
    it('shows 250 timers over pages of any size, each once', async () => {
      const bodies = Array.from({ length: 250 }, (_, i) => ({
        seconds: 5_000 + i,
        url: 'http://pages.example/',
      }));
      const posts = await postTimers(system.servers, bodies);
      const ids = posts.map(({ body }) => body?.id ?? '').sort();
      const filter = { host: 'pages.example' };
      await listed(filter, 250);
      for (const limit of [100, 33, 7]) expect(idsOf(await all(filter, limit))).toEqual(ids);
    });

    it('shows each of the timers of one group once, wherever a page ends', async () => {
      const requests = Array.from({ length: 25 }, () => ({
        dueMs: Date.now() + HOUR_MS,
        url: 'http://group.example/',
      }));
      const timers = await groups.start(requests);
      await listed({ host: 'group.example' }, 25);
      for (const limit of [1, 24, 25]) {
        expect(idsOf(await all({ host: 'group.example' }, limit))).toEqual(idsOf(timers));
      }
    });

    it('finds a timer by its host however the url writes it, also where it was changed', async () => {
      const timer = await system.post({ hours: 1, url: 'https://Bücher.Example:443/' });
      const host = 'xn--bcher-kva.example';
      expect(idsOf(await listed({ host }, 1))).toEqual([timer.id]);
      expect(idsOf(await listed({ host: 'BÜCHER.example' }, 1))).toEqual([timer.id]);
      const patch = (url: string) => system.api().patch(`/timers/${timer.id}`).send({ url }).expect(200);
      await patch('https://plain.example/');
      await listed({ host: 'plain.example' }, 1);
      await patch('http://plain.example:80/again');
      await listed({ host: 'plain.example' }, 1);
      await patch('http://127.0x1:8081/');
      await listed({ host: '127.0.0.1:8081' }, 1);
      expect(await all({ host: 'plain.example' })).toEqual([]);
    });

    it('tells of a timer what is known without its workflow', async () => {
      const [timer] = await groups.start([
        { dueMs: Date.now() + HOUR_MS, url: 'http://Summary.example:8080/x?y', labels: { order: '1042' } },
      ]);
      const [summary] = await listed({ host: 'SUMMARY.example:8080' }, 1);
      expect(summary).toEqual({
        ...{ id: timer?.id, status: 'scheduled', host: 'summary.example:8080' },
        fire_at: new Date(timer?.dueMs ?? 0).toISOString(),
        time_left: expect.any(Number),
        next_attempt_at: new Date(timer?.dueMs ?? 0).toISOString(),
        ...{ attempts: 0, labels: { order: '1042' }, schedule_id: null, lateness_ms: null },
      });
    });

    it('keeps to all filters at once, in groups that have both', async () => {
      const dueMs = Date.now() + 48 * HOUR_MS;
      const of = (hours: number, labels: Record<string, string>) => ({
        ...{ dueMs: dueMs + hours * HOUR_MS, url: 'http://filter.example/' },
        labels,
      });
      const timers = await groups.start([
        of(0, { team: 'a', kind: "o'brien: x" }),
        of(1, { team: 'a' }),
        of(2, { team: 'b', kind: "o'brien: x" }),
        of(3, { team: 'a', kind: "o'brien: x" }),
      ]);
      const host = 'filter.example';
      await listed({ host }, 4);
      const found = async (filter: Record<string, string | string[]>) =>
        idsOf(await all({ host, ...filter }));
      const at = (...indexes: number[]) => idsOf(indexes.map((index) => timers[index] as { id: string }));
      const time = (hours: number) => new Date(dueMs + hours * HOUR_MS).toISOString();
      expect(await found({ label: 'team:a' })).toEqual(at(0, 1, 3));
      expect(await found({ label: ['team:a', "kind:o'brien: x"] })).toEqual(at(0, 3));
      expect(await found({ label: ['team:a', 'team:b'] })).toEqual([]);
      expect(await found({ fire_at_from: time(1) })).toEqual(at(1, 2, 3));
      expect(await found({ fire_at_to: time(1) })).toEqual(at(0));
      expect(await found({ fire_at_from: time(1), fire_at_to: time(3), label: 'team:a' })).toEqual(at(1));
      expect(await found({ status: 'failed,delivered' })).toEqual([]);
      expect(await found({ status: ['scheduled', 'failed'], label: 'team:b' })).toEqual(at(2));
    });

    it('follows the status of a timer, and lists dead letters', async () => {
      const dead = await system.post({ url: receiver.url('/fails') });
      const fine = await system.post({ url: receiver.url('/fine') });
      const host = new URL(receiver.url('/')).host;
      const [failed] = await listed({ status: 'failed,expired', host }, 1);
      expect(failed).toMatchObject({ id: dead.id, status: 'failed', attempts: 3, next_attempt_at: null });
      const [delivered] = await listed({ status: 'delivered', host }, 1);
      expect(delivered).toMatchObject({ id: fine.id, attempts: 1, time_left: 0 });
      expect((delivered as unknown as { lateness_ms: number }).lateness_ms).toBeGreaterThanOrEqual(0);
    });

    it('shows the run of a schedule under the id that GET /timers/:id knows', async () => {
      const dueMs = Math.ceil(Date.now() / 1_000) * 1_000 + HOUR_MS;
      const id = await groups.startRun(dueMs, { url: 'http://run.example/', scheduleId: "it's mine" });
      const [run] = await listed({ schedule_id: "it's mine" }, 1);
      expect(run).toMatchObject({ id, schedule_id: "it's mine", fire_at: new Date(dueMs).toISOString() });
      expect(await system.get(id)).toMatchObject({ id, status: 'scheduled' });
    });

    it('shows a timer that was redelivered after its end once, in its new status', async () => {
      let answers = 500;
      receiver.answer('/later', (_request, response) => response.writeHead(answers).end());
      const [timer] = await groups.start([
        { dueMs: Date.now(), url: receiver.url('/later'), labels: { case: 'redelivered' } },
      ]);
      const filter = { label: 'case:redelivered' };
      const status = (wanted: string) =>
        waitUntil(`it is listed once and ${wanted}`, async () => {
          const timers = await all(filter);
          return timers.length === 1 && timers[0]?.status === wanted;
        });
      await status('failed');
      answers = 200;
      await system.api().post(`/timers/${timer?.id}/redeliver`).expect(200);
      await status('delivered');
    });

    it('shows nothing of another tenant, whatever is asked', async () => {
      const of = (url: string) => ({ dueMs: Date.now() + HOUR_MS, url });
      const [theirs] = await groups.start([of('http://theirs.example/')], 'other');
      await groups.start([of('http://ours.example/')]);
      await listed({ host: 'ours.example' }, 1);
      expect(await all({ host: 'theirs.example' })).toEqual([]);
      const injected = { host: "x' OR TimekeeperTenant = 'other" };
      await system.api().get('/timers').query(injected).expect(400);
      expect(await all({ schedule_id: "x' OR TimekeeperTenant = 'other" })).toEqual([]);
      expect(idsOf(await all({}))).not.toContain(theirs?.id);
    });

    it.each([
      ['limit', '0', /whole number from 1 to 100/],
      ['limit', '101', /whole number from 1 to 100/],
      ['limit', 'all', /whole number from 1 to 100/],
      ['status', 'lost', /must be of scheduled, retrying/],
      ['status', 'dispatching', /must be of scheduled, retrying/],
      ['status', '', /must be of scheduled, retrying/],
      ['label', 'team', /must be key:value/],
      ['fire_at_from', 'tomorrow', /must be a time as in/],
      ['fire_at_from', '2026-11-22T10:00:00', /must be a time as in/],
      ['fire_at_to', '2026-02-31T10:00:00Z', /must be a time as in/],
      ['cursor', 'abc', /must be the next_cursor/],
      ['cursor', Buffer.from('["x"]').toString('base64url'), /must be the next_cursor/],
      ['cursor', Buffer.from('{}').toString('base64url'), /must be the next_cursor/],
      ['order', 'asc', /not a known property/],
    ])('refuses %s=%s', async (field, value, message) => {
      const { body } = await system
        .api()
        .get('/timers')
        .query({ [field]: value })
        .expect(400);
      expect(body.errors).toEqual([{ field, message: expect.stringMatching(message) }]);
    });

    it('refuses the cursor of another list, and one that was tampered with', async () => {
      const filter = { host: 'group.example' };
      const { body } = await system
        .api()
        .get('/timers')
        .query({ ...filter, limit: 1 })
        .expect(200);
      const cursor = body.next_cursor as string;
      const refused = (query: object) => system.api().get('/timers').query(query).expect(400);
      await refused({ cursor });
      await refused({ cursor, host: 'filter.example' });
      const [seal, token, ...place] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as string[];
      for (const forged of [
        [seal, 'xxxx', ...place],
        [seal, token],
        [seal, token, 'x', ...place.slice(1)],
      ]) {
        const text = Buffer.from(JSON.stringify(forged)).toString('base64url');
        await refused({ ...filter, cursor: text });
      }
    });
  });

  describe('GET /timers/:id/attempts', () => {
    it('tells every attempt, what came of it and how late it was', async () => {
      let answers = 0;
      receiver.answer('/twice', (_request, response) => {
        answers += 1;
        if (answers === 1) response.destroy();
        else response.writeHead(answers === 2 ? 503 : 200).end(`answer ${answers}`);
      });
      const { id, fire_at } = await system.post({ seconds: 1, url: receiver.url('/twice') });
      await receiver.received('/twice', 3);
      const { data } = await waitUntil('the third attempt is known', async () => {
        const { body } = await system.api().get(`/timers/${id}/attempts`).expect(200);
        return body.data.length === 3 && (body as { data: Record<string, unknown>[] });
      });
      expect(data).toMatchObject([
        { number: 1, scheduled_at: fire_at, status_code: null, error: 'reset', answer: null },
        { number: 2, status_code: 503, error: null, answer: 'answer 2' },
        { number: 3, status_code: 200, error: null, answer: 'answer 3' },
      ]);
      for (const attempt of data) {
        const [scheduled, started, finished] = ['scheduled_at', 'started_at', 'finished_at'].map((name) =>
          Date.parse(String(attempt[name])),
        ) as [number, number, number];
        expect(attempt.lateness_ms).toBe(started - scheduled);
        expect(attempt.duration_ms).toBe(finished - started);
      }
    });

    it('tells none of a timer that was not tried yet', async () => {
      const { id } = await system.post({ hours: 1, url: receiver.url('/') });
      const { body } = await system.api().get(`/timers/${id}/attempts`).expect(200);
      expect(body).toEqual({ data: [] });
    });

    it('tells those of the run of a schedule', async () => {
      const dueMs = Math.ceil(Date.now() / 1_000) * 1_000;
      const id = await groups.startRun(dueMs, { url: receiver.url('/run'), scheduleId: 'runs' });
      await waitUntil('its attempt is known', async () => {
        const { body } = await system.api().get(`/timers/${id}/attempts`).expect(200);
        return body.data.length === 1 && body.data[0].status_code === 200;
      });
    });

    it('answers 404 for a timer that is not there, or is another one in the same place', async () => {
      const { id } = await system.post({ hours: 1, url: receiver.url('/') });
      const future = encodeTimerId({
        dueMs: Date.now() + HOUR_MS,
        index: 0,
        groupKey: '8000000000000001',
      });
      for (const wrong of [randomUUID(), future, `00000000${id.slice(8)}`, id.replace(/-8000-/, '-8001-')]) {
        await system.api().get(`/timers/${wrong}/attempts`).expect(404);
      }
      await system.api().get('/timers/abc/attempts').expect(400);
    });
  });

  describe('GET /stats', () => {
    it('counts the timers of a window and tells how late they were', async () => {
      // A window in which no other test has timers.
      const from = Date.now() - 24 * HOUR_MS;
      const requests = [
        ...Array.from({ length: 4 }, () => ({ dueMs: from + 1_000, url: receiver.url('/old') })),
        { dueMs: from + 2_000, url: receiver.url('/fails') },
        { dueMs: from + HOUR_MS, url: receiver.url('/after the window') },
      ];
      await groups.start(requests);
      const window = { from: new Date(from).toISOString(), to: new Date(from + HOUR_MS).toISOString() };
      const stats = await waitUntil('all have ended', async () => {
        const { body } = await system.api().get('/stats').query(window).expect(200);
        return body.counts.delivered === 4 && body.counts.failed === 1 && (body as Stats);
      });
      expect(stats).toMatchObject({
        ...window,
        complete: true,
        counts: { scheduled: 0, retrying: 0, delivered: 4, failed: 1, canceled: 0, expired: 0 },
        ...{ late: 5, missed: 0 },
      });
      const { p50_ms, p99_ms, max_ms } = stats.lateness;
      expect(p50_ms).toBeGreaterThan(23 * HOUR_MS);
      expect(p99_ms).toBeGreaterThanOrEqual(p50_ms);
      expect(max_ms).toBeGreaterThanOrEqual(p99_ms);
      const day = 86_400_000;
      const { body } = await system
        .api()
        .get('/stats')
        .query({ ...window, late_after_ms: day })
        .expect(200);
      expect(body.late).toBe(0);
    });

    it('is of the last hour unless it is told otherwise', async () => {
      const { body } = await system.api().get('/stats').expect(200);
      expect(Date.parse(body.to) - Date.parse(body.from)).toBe(HOUR_MS);
      expect(Math.abs(Date.now() - Date.parse(body.to))).toBeLessThan(5_000);
    });

    it.each([
      ['from', { from: '2026-11-22T10:00:00Z', to: '2026-11-22T10:00:00Z' }],
      ['from', { from: '2026-11-01T10:00:00Z', to: '2026-11-22T10:00:00Z' }],
      ['from', { from: '2026' }],
      ['to', { to: 'now' }],
      ['late_after_ms', { late_after_ms: '-1' }],
      ['late_after_ms', { late_after_ms: '1.5' }],
      ['window', { window: '1h' }],
    ])('refuses a wrong %s: %j', async (field, query) => {
      const { body } = await system.api().get('/stats').query(query).expect(400);
      expect(body.errors).toMatchObject([{ field }]);
    });
  });

  // The last ones: they end the worker, and then the engine.
  describe('without its other parts', () => {
    it('lists and counts without a worker, and says 503 where only a worker knows', async () => {
      const { id } = await system.post({ hours: 1, url: 'http://no-worker.example/' });
      await system.post({ url: receiver.url('/ends'), on_success: receiver.url('/told') });
      const [told] = await receiver.received('/told', 1);
      const message = `/timers/${told?.headers['webhook-id'] as string}`;
      await waitUntil('the message is delivered', async () => {
        return (await system.api().get(message).expect(200)).body.status === 'delivered';
      });
      await system.worker.stop();
      const missed = { dueMs: Date.now() - 61_000, url: 'http://missed.example/' };
      await groups.start([missed]);
      await listed({ host: 'no-worker.example' }, 1);
      await listed({ host: 'missed.example' }, 1);
      const { body: stats } = await system.api().get('/stats').expect(200);
      expect(stats).toMatchObject({ missed: 1 });
      const beganMs = Date.now();
      const { body, headers } = await system.api().get(`/timers/${id}/attempts`).expect(503);
      expect(Date.now() - beganMs).toBeLessThan(3_000);
      expect(body.type).toBe('urn:timekeeper:problem:no-worker');
      expect(headers['retry-after']).toBe('1');
      const { body: unseen } = await system.api().get(message).expect(503);
      expect(unseen.type).toBe('urn:timekeeper:problem:no-worker');
    });

    it('says 503 while the engine is away, and answers again when it is back', async () => {
      await system.engine.kill();
      for (const path of ['/timers', '/stats', '/events', `/operations/${randomUUID()}`]) {
        const { body, headers } = await system.api().get(path).expect(503);
        expect(body.type).toBe('urn:timekeeper:problem:engine-unavailable');
        expect(headers['retry-after']).toBe('1');
      }
      await system.api().delete('/timers').query({ all: true }).expect(503);
      await system.engine.start();
      await waitUntil('it lists again', async () => (await system.api().get('/timers')).status === 200);
    });
  });
});
