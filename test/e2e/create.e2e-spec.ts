import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../scripts/wait-until.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

const HOUR_MS = 3_600_000;
/** Far enough for this century's tests to go on; clocks change on 30 March and 26 October 2031. */
const BERLIN = 'Europe/Berlin';

describe('what a client can say about a timer', () => {
  let system: System;
  let receiver: Receiver;

  beforeAll(async () => {
    const env = { BATCH_BODY_LIMIT_BYTES: '450000' };
    [system, receiver] = await Promise.all([System.start({ env, database: true }), Receiver.start()]);
  });

  afterAll(async () => {
    await receiver.stop();
    await system.stop();
  });

  const status = (id: string, wanted: string) =>
    waitUntil(`${id} is ${wanted}`, async () => (await system.get(id)).status === wanted);

  async function refused(body: object, message: RegExp): Promise<void> {
    const response = await system
      .api()
      .post('/timers')
      .send({ url: receiver.url('/'), ...body });
    expect([response.status, response.body.detail]).toEqual([400, expect.stringMatching(message)]);
    expect(response.body.errors.length).toBeGreaterThan(0);
  }

  describe('when', () => {
    it.each([
      ['a time in UTC', { fire_at: '2031-03-30T09:30:00Z' }, '2031-03-30T09:30:00.000Z'],
      ['a time with an offset', { fire_at: '2031-03-30T09:30:00+05:30' }, '2031-03-30T04:00:00.000Z'],
      ['a local time', { fire_at: '2031-07-01T09:30:00', timezone: BERLIN }, '2031-07-01T07:30:00.000Z'],
      ['one in a gap', { fire_at: '2031-03-30T02:30:00', timezone: BERLIN }, '2031-03-30T01:30:00.000Z'],
      ['a doubled one', { fire_at: '2031-10-26T02:30:00', timezone: BERLIN }, '2031-10-26T00:30:00.000Z'],
    ])('is %s', async (_what, when, fire_at) => {
      const timer = await system.post({ ...when, url: receiver.url('/') });
      expect(timer).toMatchObject({ fire_at, next_attempt_at: fire_at });
      expect(await system.get(timer.id)).toMatchObject({ fire_at, status: 'scheduled' });
    });

    it('is a delay, and the timer arrives after it', async () => {
      const { fire_at, time_left } = await system.post({ delay: 'PT1.5S', url: receiver.url('/delay') });
      expect(time_left).toBe(2);
      const [request] = await receiver.received('/delay', 1);
      expect(request?.atMs).toBeGreaterThanOrEqual(Date.parse(fire_at));
    });

    it('is now for a time that has passed', async () => {
      const beforeMs = Date.now();
      const { fire_at } = await system.post({ fire_at: '2001-01-01T00:00:00Z', url: receiver.url('/past') });
      expect(Date.parse(fire_at)).toBeGreaterThanOrEqual(beforeMs);
      await receiver.received('/past', 1);
    });

    it.each([
      [{ seconds: 1, delay: 'PT1S' }, /^seconds and delay say twice/],
      [{ delay: 'PT1S', fire_at: '2031-03-30T09:30:00Z' }, /^delay and fire_at say twice/],
      [{ delay: 'P1M' }, /^delay must not have years or months/],
      [{ delay: 5 }, /^delay must be an ISO 8601 duration .*, got 5/],
      [{ fire_at: '2031-03-30T09:30:00' }, /^fire_at must have an offset or Z, or go with a timezone/],
      [{ fire_at: '2031-03-30T09:30:00Z', timezone: BERLIN }, /^timezone is not possible/],
      [{ fire_at: '2031-03-30T09:30:00', timezone: 'Mars/Olympus' }, /^timezone must be the IANA name/],
      [{ timezone: BERLIN }, /^timezone is only possible with a local fire_at/],
      [{ fire_at: '2200-01-01T00:00:00Z' }, /^fire_at must be at most 3653 days ahead/],
      [{ delay: 'PT1H', expires_in: 'PT1H' }, /^expires_in must be after the timer is due/],
      [{ expires_at: '2001-01-01T00:00:00Z' }, /^expires_at must be after the timer is due/],
    ])('is refused where it can not be: %j', async (when, message) => {
      await refused(when, message);
    });
  });

  describe('what is sent', () => {
    it('is a method, headers, and JSON in the very bytes at every attempt', async () => {
      receiver.answer('/json', (_request, response, count) =>
        response.writeHead(count < 3 ? 503 : 200).end(),
      );
      const body = { ü: ['€', 1.5, null, { constructor: 'a', prototype: 'b' }], then: '</script>' };
      const { id } = await system.post({
        ...{ url: receiver.url('/json'), method: 'PATCH', body },
        headers: { 'X-Shop': 'K\u00f6ln', 'User-Agent': 'shop/1' },
        retry: { delays_seconds: [0.1, 0.1] },
      });
      const requests = await receiver.received('/json', 3);
      for (const request of requests) {
        expect(request).toMatchObject({ method: 'PATCH', body: JSON.stringify(body) });
        expect(request.headers).toMatchObject({
          ...{ 'content-type': 'application/json', 'user-agent': 'shop/1', 'webhook-id': id },
          'content-length': String(Buffer.byteLength(JSON.stringify(body))),
        });
        expect(Buffer.from(request.headers['x-shop'] as string, 'latin1').toString('latin1')).toBe(
          'K\u00f6ln',
        );
      }
      await status(id, 'delivered');
    });

    it.each(['text', 0, false, null, []])('is any JSON value: %j', async (body) => {
      const path = `/value/${encodeURIComponent(JSON.stringify(body))}/`;
      const { id } = await system.post({ url: receiver.url(path), body });
      const [request] = await receiver.received(path, 1);
      expect(request?.body).toBe(JSON.stringify(body));
      expect(await system.get(id)).toMatchObject({ body });
    });

    it('is bytes of any kind', async () => {
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const sent = { body_base64: bytes.toString('base64'), content_type: 'image/png' };
      const { id } = await system.post({ url: receiver.url('/bytes'), method: 'PUT', ...sent });
      const [request] = await receiver.received('/bytes', 1);
      expect(request?.bytes.equals(bytes)).toBe(true);
      expect(request?.headers['content-type']).toBe('image/png');
      const timer = await system.get(id);
      expect(timer).toMatchObject({
        body_base64: sent.body_base64,
        headers: { 'content-type': 'image/png' },
      });
      expect(timer).not.toHaveProperty('body');
    });

    it.each(['GET', 'DELETE'])('is a %s without a body', async (method) => {
      await system.post({ url: receiver.url(`/${method}`), method });
      const [request] = await receiver.received(`/${method}`, 1);
      expect(request).toMatchObject({ method, body: '' });
      expect(request?.headers).not.toHaveProperty('content-type');
    });

    it.each([
      [{ method: 'TRACE' }, /^method must be one of GET, POST, PUT, PATCH, DELETE, got "TRACE"/],
      [{ method: 'GET', body: 1 }, /^body is not possible with the method GET/],
      [{ body: 1, body_base64: 'AAE=' }, /^body and body_base64 are two bodies/],
      [{ body_base64: 'AAE' }, /^body_base64 must be base64 with padding/],
      [{ body_base64: 'AA-_' }, /^body_base64 must be base64 with padding/],
      [{ body: 1, content_type: 'text' }, /^content_type must be a media type/],
      [{ body: 1, content_type: 'text/plain\r\nx: y' }, /^content_type must be a media type/],
      [{ headers: { 'webhook-id': '1' } }, /^headers must not have webhook-id/],
      [{ headers: { a: '\r\n' } }, /^headers must have values without line breaks/],
      [{ headers: [] }, /^headers must be an object/],
      [{ timeout_seconds: 301 }, /^timeout_seconds must be a whole number from 1 to 300, got 301/],
      [{ labels: { a: 1 } }, /^labels must have texts/],
      [{ success_statuses: [] }, /^success_statuses must be a list of 1 to 32 statuses/],
      [{ success_statuses: [100] }, /^success_statuses must hold whole numbers from 200 to 599/],
      [{ retry: { max_attempts: 21 } }, /^retry.max_attempts must be a whole number from 1 to 20/],
      [{ retry: { delays_seconds: [-1] } }, /^retry.delays_seconds must hold numbers from 0 to 2592000/],
      [{ retry: { delays_seconds: [1], factor: 2 } }, /^retry must have either delays_seconds or factor/],
      [{ retry: 3 }, /^retry must be an object, got 3/],
      [{ retry: { attempts: 3 } }, /^retry.attempts is not a known property/],
      [{ flow: { rate: 1 } }, /^flow.key must be 1 to 128 characters/],
      [{ on_success: 'mailto:a@b.c' }, /^on_success must be an absolute http/],
    ])('is refused where it can not be: %j', async (wish, message) => {
      await refused(wish, message);
    });
  });

  it('is answered as it was understood, and nothing that was not asked for', async () => {
    const wish = {
      ...{ url: receiver.url('/'), method: 'PUT', headers: { 'X-A': 'b' }, body: { a: 1 } },
      ...{ timeout_seconds: 10, success_statuses: [200, 409], labels: { team: 'billing' } },
      ...{ on_success: 'https://example.com/s', on_failure: 'https://example.com/f' },
      ...{ retry: { initial_delay_seconds: 1, max_attempts: 4 }, delay: 'PT1H', expires_in: 'PT2H' },
      flow: { key: 'crm', rate: 10, period: 'PT60S', parallelism: 2 },
    };
    const { body, headers } = await system.api().post('/timers').send(wish).expect(201);
    expect(body).toEqual({
      ...{ id: expect.any(String), status: 'scheduled', url: wish.url, fire_at: expect.any(String) },
      ...{ time_left: 3600, next_attempt_at: body.fire_at, attempts: 0, version: 0, method: 'PUT' },
      ...{ headers: { 'x-a': 'b', 'content-type': 'application/json' }, body: { a: 1 }, timeout_seconds: 10 },
      ...{ success_statuses: [200, 409], labels: { team: 'billing' } },
      ...{ on_success: 'https://example.com/s', on_failure: 'https://example.com/f' },
      retry: { max_attempts: 4, delays_seconds: [1, 2, 4] },
      expires_at: new Date(Date.parse(body.fire_at) + HOUR_MS).toISOString(),
      flow: { key: 'crm', rate: 10, period: 'PT1M', parallelism: 2 },
    });
    expect(headers.etag).toBe('"0"');
    const got = await system.api().get(`/timers/${body.id}`).expect(200);
    expect(got.body).toEqual({ ...body, time_left: expect.any(Number) });
    expect(got.headers.etag).toBe('"0"');
  });

  describe('what comes of it', () => {
    it('is a success by the statuses that were named, and by no other', async () => {
      receiver.answer('/conflict', (_request, response) => response.writeHead(409).end());
      const named = { success_statuses: [409], retry: { max_attempts: 1 } };
      await status((await system.post({ url: receiver.url('/conflict'), ...named })).id, 'delivered');
      await status((await system.post({ url: receiver.url('/fine'), ...named })).id, 'failed');
    });

    it('follows the retry plan', async () => {
      receiver.answer('/plan', (_request, response) => response.writeHead(500).end());
      const { id } = await system.post({ url: receiver.url('/plan'), retry: { delays_seconds: [0.2, 1] } });
      await status(id, 'failed');
      const [first = NaN, second = NaN, third = NaN] = receiver.at('/plan').map(({ atMs }) => atMs);
      expect(receiver.at('/plan')).toHaveLength(3);
      // Each delay is spread by 20 % both ways.
      expect(second - first).toBeGreaterThanOrEqual(160);
      expect(third - second).toBeGreaterThanOrEqual(800);
      expect(await system.get(id)).toMatchObject({ attempts: 3, next_attempt_at: null });
    });

    it('is expired, and the owner told, if no attempt succeeds in time', async () => {
      receiver.answer('/expires', (_request, response) => response.writeHead(500).end());
      const { id } = await system.post({
        ...{ url: receiver.url('/expires'), expires_in: 'PT3S' },
        ...{ retry: { delays_seconds: [60] }, on_failure: receiver.url('/told-expired') },
      });
      await status(id, 'expired');
      const [notice] = await receiver.received('/told-expired', 1);
      expect(JSON.parse(notice?.body ?? '')).toMatchObject({
        type: 'timer.expired',
        data: { id, attempts: 1 },
      });
      expect(receiver.at('/expires')).toHaveLength(1);
    });

    it('is told to on_success', async () => {
      const { id } = await system.post({
        ...{ url: receiver.url('/good'), on_success: receiver.url('/told-good'), labels: { team: 'a' } },
      });
      const [notice] = await receiver.received('/told-good', 1);
      const data = { id, labels: { team: 'a' } };
      expect(JSON.parse(notice?.body ?? '')).toMatchObject({ type: 'timer.delivered', data });
    });

    it('is a failed attempt after timeout_seconds', async () => {
      receiver.answer('/hangs', () => undefined);
      const { id } = await system.post({
        ...{ url: receiver.url('/hangs'), timeout_seconds: 1, retry: { max_attempts: 1 } },
      });
      await receiver.received('/hangs', 1);
      // The server's own limit is 30 s.
      await waitUntil('it has failed', async () => (await system.get(id)).status === 'failed', {
        timeoutMs: 20_000,
      });
    });
  });

  describe('in a batch', () => {
    interface Result {
      status: number;
      timer?: { id: string; url: string };
      problem?: { detail: string; instance: string };
    }
    const post = async (timers: unknown[]): Promise<Result[]> => {
      const { body } = await system.api().post('/timers/batch').send({ timers }).expect(200);
      return body.results as Result[];
    };

    it('is answered for each in their order, and one that is bad does not spoil the rest', async () => {
      const results = await post([
        { url: receiver.url('/batch/0') },
        { url: receiver.url('/batch/1'), seconds: -1 },
        { url: receiver.url('/batch/2'), body: { n: 2 } },
        'no timer',
        { url: receiver.url('/batch/4'), body: 'x'.repeat(262_144) },
        { url: receiver.url('/batch/5'), delay: 'P1Y' },
        null,
        { url: receiver.url('/batch/7'), delay: 'PT1S' },
      ]);
      expect(results.map(({ status: each }) => each)).toEqual([201, 400, 201, 400, 413, 400, 400, 201]);
      expect(results[1]?.problem).toMatchObject({
        ...{ status: 400, instance: '/timers/batch', type: 'urn:timekeeper:problem:validation' },
        detail: 'seconds must be a whole number ≥ 0, got -1',
      });
      const requests = await receiver.received('/batch/', 3);
      const sent = new Map(requests.map(({ headers, target }) => [headers['webhook-id'], target]));
      for (const place of [0, 2, 7]) {
        expect(sent.get(results[place]?.timer?.id)).toBe(`/batch/${place}`);
        await status(results[place]?.timer?.id ?? '', 'delivered');
      }
    });

    it('is a thousand at once, and no more', async () => {
      const timers = Array.from({ length: 1_000 }, (_, n) => ({
        delay: 'PT1H',
        url: receiver.url(`/k/${n}`),
      }));
      const results = await post(timers);
      expect(results.map(({ timer }) => timer?.url)).toEqual(timers.map(({ url }) => url));
      expect(new Set(results.map(({ timer }) => timer?.id)).size).toBe(1_000);
      for (const wrong of [[], [...timers, ...timers.slice(0, 1)]]) {
        const { body } = await system.api().post('/timers/batch').send({ timers: wrong }).expect(400);
        expect(body.detail).toMatch(/^timers must be a list of 1 to 1000 timers/);
      }
    });

    it('may be larger than the body of one timer, up to a limit of its own', async () => {
      const timer = { delay: 'PT1H', url: receiver.url('/'), body: 'x'.repeat(200_000) };
      const results = await post([timer, timer]);
      expect(results.map(({ status: each }) => each)).toEqual(results.map(() => 201));
      const tooLarge = { timers: [timer, timer, timer] };
      await system.api().post('/timers/batch').send(tooLarge).expect(413);
    });

    it('is 503 as a whole if the engine could store none', async () => {
      system.engine.signal('SIGSTOP');
      try {
        const timers = Array.from({ length: 300 }, () => ({ url: receiver.url('/away') }));
        const { headers } = await system.api().post('/timers/batch').send({ timers }).expect(503);
        expect(headers['retry-after']).toBe('1');
      } finally {
        system.engine.signal('SIGCONT');
      }
    });
  });
});
