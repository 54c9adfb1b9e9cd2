import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../scripts/wait-until.js';
import type { App } from '../support/app.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';
import type { TimerBody } from '../support/system.js';

interface Result {
  status: number;
  timer?: TimerBody;
}

describe('a POST with an Idempotency-Key', () => {
  let system: System;
  let receiver: Receiver;

  beforeAll(async () => {
    [system, receiver] = await Promise.all([System.start({ servers: 2 }), Receiver.start()]);
  });

  afterAll(async () => {
    await receiver.stop();
    await system.stop();
  });

  const post = (key: string, body: object, { server = system.server, path = '/timers' } = {}) =>
    system.api(server).post(path).set('idempotency-key', key).send(body);

  it('gets the first answer again, from any server, with the key in quotes or bare', async () => {
    const key = randomUUID();
    const body = { delay: 'PT1H', url: receiver.url('/'), body: { a: 1, b: 2 } };
    const first = await post(key, body).expect(201);
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    await waitUntil('a second has passed', async () => {
      return (await system.get(first.body.id)).time_left < first.body.time_left;
    });
    const sameInOtherOrder = { body: { b: 2, a: 1 }, url: body.url, delay: 'PT1H' };
    for (const server of system.servers) {
      const again = await post(`"${key}"`, sameInOtherOrder, { server }).expect(201);
      expect(again.body).toEqual(first.body);
      expect(again.headers).toMatchObject({
        ...{ 'idempotency-replayed': 'true', etag: '"0"', location: first.headers.location },
      });
    }
  });

  it('gets it again after the timer was delivered, and when the same would be refused by now', async () => {
    const key = randomUUID();
    const expires_at = new Date(Date.now() + 3_000).toISOString();
    const body = { url: receiver.url('/short/'), expires_at };
    const first = await post(key, body).expect(201);
    await receiver.received('/short/', 1);
    await waitUntil('it would be refused', () => Date.now() > Date.parse(expires_at));
    await system.api().post('/timers').send(body).expect(400);
    expect((await post(key, body).expect(201)).body).toEqual(first.body);
    expect(receiver.at('/short/')).toHaveLength(1);
  });

  it('is refused with 422 for another body, and is nothing to another route', async () => {
    const key = randomUUID();
    await post(key, { seconds: 3_600, url: receiver.url('/') }).expect(201);
    const { body } = await post(key, { seconds: 3_601, url: receiver.url('/') }).expect(422);
    expect(body.type).toBe('urn:timekeeper:problem:idempotency-key-reused');
    const batch = { timers: [{ seconds: 3_600, url: receiver.url('/') }] };
    const { headers } = await post(key, batch, { path: '/timers/batch' }).expect(200);
    expect(headers).not.toHaveProperty('idempotency-replayed');
  });

  it('is not used up by a request that was refused', async () => {
    const key = randomUUID();
    await post(key, { seconds: -1, url: receiver.url('/') }).expect(400);
    await post(key, { seconds: 3_600, url: 'http://example.com/ ' }).expect(400);
    await post(key, { seconds: 3_600, url: receiver.url('/') }).expect(201);
  });

  it('does not let a canceled timer swallow a new one with a new key', async () => {
    const body = { seconds: 3_600, url: receiver.url('/') };
    const first = await post(randomUUID(), body).expect(201);
    await system.api().delete(`/timers/${first.body.id}`).expect(200);
    const next = await post(randomUUID(), body).expect(201);
    expect(next.body.id).not.toBe(first.body.id);
    expect((await system.get(next.body.id)).status).toBe('scheduled');
  });

  it.each(['', 'a b', '"a b"', 'x'.repeat(256)])('is refused if it is no key: "%.10s"', async (key) => {
    const { body } = await post(key, { url: receiver.url('/') }).expect(400);
    expect(body.errors[0].field).toBe('Idempotency-Key');
  });

  it('sets one timer, however many come at once to whatever server', async () => {
    const key = randomUUID();
    const body = { delay: 'PT2S', url: receiver.url('/once/') };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => post(key, body, { server: system.servers[n % 2] as App })),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    statuses.delete(409);
    expect([...statuses]).toEqual([201]);
    for (const { headers } of answers.filter(({ status }) => status === 409)) {
      expect(headers['retry-after']).toBe('1');
    }
    const ids = answers.flatMap(({ body: answer }) => (answer as TimerBody).id ?? []);
    expect(new Set(ids).size).toBe(1);
    await waitUntil('it is delivered', async () => (await system.get(ids[0] ?? '')).status === 'delivered');
    expect(receiver.at('/once/')).toHaveLength(1);
  });

  it('finds its timer again when the server was killed between the start and the answer', async () => {
    const [victim, survivor] = system.servers as [App, App];
    let wasCutOff = false;
    for (let round = 0; round < 40 && !wasCutOff; round++) {
      const key = randomUUID();
      const body = { delay: 'PT1S', url: receiver.url(`/killed/${key}/`) };
      const first = post(key, body, { server: victim }).then(
        ({ status }) => status,
        () => 'cut off',
      );
      await sleep(4 + round);
      await victim.kill();
      const firstStatus = await first;
      const { body: timer, headers } = await post(key, body, { server: survivor }).expect(201);
      wasCutOff = firstStatus === 'cut off' && headers['idempotency-replayed'] === 'true';
      await waitUntil('it is delivered', async () => {
        return (await system.get((timer as TimerBody).id, survivor)).status === 'delivered';
      });
      expect(receiver.at(`/killed/${key}/`).map((request) => request.headers['webhook-id'])).toEqual([
        timer.id,
      ]);
      victim.start();
      await victim.ready();
    }
    expect(wasCutOff).toBe(true);
  }, 300_000);

  describe('on a batch', () => {
    const path = '/timers/batch';

    it('gets the first answer again, with what was refused', async () => {
      const key = randomUUID();
      const timers: object[] = Array.from({ length: 250 }, (_, n) => ({
        seconds: 3_600,
        url: receiver.url(`/${n}`),
      }));
      timers[0] = { seconds: -1, url: receiver.url('/') };
      timers[120] = { url: 'none' };
      timers[249] = { delay: 'P1Y', url: receiver.url('/') };
      const first = await post(key, { timers }, { path }).expect(200);
      const results = first.body.results as Result[];
      expect(results.map(({ status }) => status)).toEqual(
        timers.map((_, n) => ([0, 120, 249].includes(n) ? 400 : 201)),
      );
      expect(results[121]?.timer?.url).toBe(receiver.url('/121'));
      const again = await post(key, { timers }, { path, server: system.servers[1] as App }).expect(200);
      expect(again.body).toEqual(first.body);
      expect(again.headers['idempotency-replayed']).toBe('true');
      const other = { timers: [...timers, ...timers.slice(1, 2)] };
      await post(key, other, { path }).expect(422);
    });

    it('completes what was stored in part, and nothing twice', async () => {
      const [victim, survivor] = system.servers as [App, App];
      let [tooEarlyMs, tooLateMs] = [0, 2_000];
      let wasCutOff = false;
      for (let round = 0; round < 20 && !wasCutOff; round++) {
        const key = randomUUID();
        const prefix = `/part/${key}/`;
        const timers = Array.from({ length: 1_000 }, (_, n) => ({
          delay: 'PT4S',
          url: receiver.url(`${prefix}${n}/`),
        }));
        const first = post(key, { timers }, { path, server: victim }).then(
          () => 'answered',
          () => 'cut off',
        );
        const killMs = (tooEarlyMs + tooLateMs) / 2;
        await sleep(killMs);
        await victim.kill();
        const wasAnswered = (await first) === 'answered';
        const { body } = await post(key, { timers }, { path, server: survivor }).expect(200);
        victim.start();
        const ids = (body.results as Result[]).map(({ timer }) => timer?.id);
        expect(new Set(ids).size).toBe(1_000);
        // What was stored at first is due at another time than what was added.
        const dues = new Set((body.results as Result[]).map(({ timer }) => timer?.fire_at));
        wasCutOff = !wasAnswered && dues.size > 1;
        if (wasCutOff) {
          await receiver.received(prefix, 1_000, 60_000);
          const received = receiver.at(prefix).map(({ headers }) => headers['webhook-id']);
          expect([...received].sort()).toEqual([...ids].sort());
        } else if (wasAnswered) tooLateMs = killMs;
        else tooEarlyMs = killMs;
        // On a busy machine the moment moves.
        if (tooLateMs - tooEarlyMs < 10) [tooEarlyMs, tooLateMs] = [tooEarlyMs / 2, tooLateMs * 2];
        await victim.ready();
      }
      expect(wasCutOff).toBe(true);
    }, 300_000);
  });
});
