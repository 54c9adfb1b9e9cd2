import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../scripts/wait-until.js';
import { postTimers } from '../support/load.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';
import type { TimerBody } from '../support/system.js';

const until = (system: System, id: string, wanted: string) =>
  waitUntil(`${id} is ${wanted}`, async () => (await system.get(id)).status === wanted, { everyMs: 50 });

describe('a change to a timer', () => {
  let system: System;
  let receiver: Receiver;

  beforeAll(async () => {
    const env = { RETRY_DELAYS_SECONDS: '1,600' };
    [system, receiver] = await Promise.all([System.start({ workers: 2, env }), Receiver.start()]);
  });

  afterAll(async () => {
    await receiver.stop();
    await system.stop();
  });

  const cancel = (id: string) => system.api().delete(`/timers/${id}`);
  const fire = (id: string) => system.api().post(`/timers/${id}/fire`);
  const redeliver = (id: string) => system.api().post(`/timers/${id}/redeliver`);

  /** Sets a timer and lets it be delivered to a path that no other timer goes to. */
  async function delivered(path: string): Promise<TimerBody> {
    const timer = await system.post({ url: receiver.url(path) });
    await receiver.received(path, 1);
    await until(system, timer.id, 'delivered');
    return timer;
  }

  it('cancels one that is not due for long, and twice is the same as once', async () => {
    const { id } = await system.post({ hours: 1, url: receiver.url('/never') });
    const { body } = await cancel(id).expect(200);
    expect(body).toMatchObject({ id, status: 'canceled' });
    await cancel(id).expect(200);
    expect(await system.get(id)).toMatchObject({ status: 'canceled' });
  });

  it('cancels one inside a running window, exactly, and the others of it still go out on time', async () => {
    const bodies = Array.from({ length: 60 }, (_, i) => ({ seconds: 4, url: receiver.url(`/window/${i}/`) }));
    const posts = await postTimers(system.servers, bodies);
    const timers = posts.map(({ body }) => body as TimerBody);
    const dueMs = Math.min(...timers.map(({ fire_at }) => Date.parse(fire_at)));
    await waitUntil('the window is open', () => Date.now() > dueMs - 1_500);
    const canceled = timers.filter((_timer, i) => i % 6 === 0).map(({ id }) => id);
    const answers = await Promise.all(canceled.map((id) => cancel(id)));
    expect(answers.map(({ status }) => status)).toEqual(canceled.map(() => 200));
    const rest = timers.filter(({ id }) => !canceled.includes(id));
    const requests = await receiver.received('/window/', rest.length);
    await Promise.all(rest.map(({ id }) => until(system, id, 'delivered')));
    const ids = requests.map(({ headers }) => headers['webhook-id']);
    expect(ids.sort()).toEqual(rest.map(({ id }) => id).sort());
    expect(receiver.at('/window/')).toHaveLength(rest.length);
    for (const { headers, atMs } of requests) {
      const timer = timers.find(({ id }) => id === headers['webhook-id']);
      expect(atMs).toBeGreaterThanOrEqual(Date.parse(timer?.fire_at ?? ''));
    }
  });

  it('is refused with the status once the dispatch has begun, and after the end', async () => {
    let answer: (() => void) | undefined;
    receiver.answer('/slow', (_request, response: ServerResponse) => (answer = () => void response.end()));
    const { id } = await system.post({ url: receiver.url('/slow') });
    await receiver.received('/slow', 1);
    const dispatching = await cancel(id).expect(409);
    expect(dispatching.body).toMatchObject({
      type: 'urn:timekeeper:problem:timer-status',
      timer_status: 'dispatching',
    });
    await redeliver(id).expect(409);
    answer?.();
    await until(system, id, 'delivered');
    expect((await cancel(id).expect(409)).body).toMatchObject({ timer_status: 'delivered' });
    expect((await fire(id).expect(409)).body).toMatchObject({ timer_status: 'delivered' });
    expect(receiver.at('/slow')).toHaveLength(1);
  });

  it('ends the retries of one that failed', async () => {
    receiver.answer('/fails', (_request, response) => response.writeHead(500).end());
    const { id } = await system.post({ url: receiver.url('/fails') });
    await receiver.received('/fails', 2);
    await until(system, id, 'retrying');
    await waitUntil('it waits for its next attempt', async () => (await cancel(id)).status === 200);
    expect(await system.get(id)).toMatchObject({ status: 'canceled' });
    expect(receiver.at('/fails')).toHaveLength(2);
  });

  it('moves one, and gives it another request, exactly once', async () => {
    const { id } = await system.post({ seconds: 3, url: receiver.url('/old'), headers: { 'x-kept': 'yes' } });
    const change = {
      ...{ delay: 'PT5S', url: receiver.url('/new'), method: 'PUT', body: { order: 1 } },
      ...{ labels: { team: 'billing' }, timeout_seconds: 5 },
    };
    const { body, headers } = await system.api().patch(`/timers/${id}`).send(change).expect(200);
    expect(body).toMatchObject({
      id,
      method: 'PUT',
      body: { order: 1 },
      labels: { team: 'billing' },
      version: 1,
    });
    expect(headers.etag).toBe('"1"');
    const [request] = await receiver.received('/new', 1);
    expect(request).toMatchObject({ method: 'PUT', body: '{"order":1}' });
    expect(request?.headers).toMatchObject({ 'x-kept': 'yes', 'content-type': 'application/json' });
    expect(request?.atMs).toBeGreaterThanOrEqual(Date.parse((body as TimerBody).fire_at));
    await until(system, id, 'delivered');
    expect(receiver.at('/old')).toHaveLength(0);
    expect(receiver.at('/new')).toHaveLength(1);
  });

  it('changes the version that the client knows, and no other', async () => {
    const { id } = await system.post({ hours: 1, url: receiver.url('/version') });
    const patch = (tag: string) =>
      system.api().patch(`/timers/${id}`).set('if-match', tag).send({ delay: 'PT2H' });
    const { headers } = await system.api().get(`/timers/${id}`).expect(200);
    await patch(headers.etag as string).expect(200);
    const { body, headers: stale } = await patch(headers.etag as string).expect(412);
    expect(body).toMatchObject({ type: 'urn:timekeeper:problem:precondition-failed' });
    await patch(stale.etag as string).expect(200);
    await patch('*').expect(200);
    await patch('W/"3"').expect(412);
  });

  it('is made only in the version that the client knows, whatever change it is', async () => {
    const waiting = await system.post({ hours: 1, url: receiver.url('/known') });
    const path = `/timers/${waiting.id}`;
    await system.api().patch(path).send({ delay: 'PT2H' }).expect(200);
    const { headers } = await system.api().delete(path).set('if-match', '"0"').expect(412);
    expect(headers.etag).toBe('"1"');
    await system.api().post(`${path}/fire`).set('if-match', '"0"').expect(412);
    await system.api().delete(path).set('if-match', '"1"').expect(200);

    const ended = await delivered('/known-end');
    const again = (tag: string) => system.api().post(`/timers/${ended.id}/redeliver`).set('if-match', tag);
    await again('"7"').expect(412);
    await again('"0"').expect(200);
    await receiver.received('/known-end', 2);
  });

  it('takes away what is null, and names what can not be', async () => {
    const { id } = await system.post({
      ...{ hours: 1, url: receiver.url('/less'), labels: { a: 'b' }, body_base64: 'AAEC' },
      ...{ expires_in: 'PT2H', retry: { delays_seconds: [1] } },
    });
    const patch = (change: object) => system.api().patch(`/timers/${id}`).send(change);
    const nothing = { labels: null, body_base64: null, expires_at: null, retry: null };
    const { body } = await patch(nothing).expect(200);
    for (const field of ['labels', 'body', 'body_base64', 'expires_at', 'retry']) {
      expect(body).not.toHaveProperty(field);
    }
    for (const wrong of [{}, [], { url: null }, { nonsense: null }, { nonsense: 1 }, { delay: 'soon' }]) {
      await patch(wrong).expect(400);
    }
    await patch({ expires_in: 'PT30M' }).expect(400);
    await patch({ expires_in: 'PT3H' }).expect(200);
    await patch({ delay: 'PT4H' }).expect(400);
  });

  it('of many to one timer at the same time, all take effect', async () => {
    const { id } = await system.post({ hours: 1, url: receiver.url('/many') });
    const changes = [
      { method: 'PUT' },
      { timeout_seconds: 3 },
      { labels: { x: 'y' } },
      { success_statuses: [204] },
    ];
    const answers = await Promise.all(
      changes.map((change) => system.api().patch(`/timers/${id}`).send(change)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await system.get(id)).toMatchObject({ ...Object.assign({}, ...changes), version: 4 });
  });

  it('fires one now', async () => {
    const { id } = await system.post({ hours: 1, url: receiver.url('/now') });
    const { body } = await fire(id).expect(200);
    expect(body).toMatchObject({ id, time_left: 0 });
    await receiver.received('/now', 1);
    await until(system, id, 'delivered');
  });

  it('delivers one again after its end, with the same id and in the same place', async () => {
    const { id } = await delivered('/again');
    for (const count of [2, 3]) {
      expect((await redeliver(id).expect(200)).body).toMatchObject({ id });
      const requests = await receiver.received('/again', count);
      expect(requests.map(({ headers }) => headers['webhook-id'])).toEqual(requests.map(() => id));
      await until(system, id, 'delivered');
    }
  });

  it('delivers all of a group again that are asked for at once, and nothing else', async () => {
    const bodies = Array.from({ length: 12 }, (_, i) => ({
      seconds: 0,
      url: receiver.url(`/together/${i}/`),
    }));
    const timers = (await postTimers(system.servers, bodies)).map(({ body }) => body as TimerBody);
    await receiver.received('/together/', 12);
    await Promise.all(timers.map(({ id }) => until(system, id, 'delivered')));
    const again = timers.slice(0, 4).map(({ id }) => id);
    const answers = await Promise.all(again.map((id) => redeliver(id)));
    // 202 where the worker had no time to answer.
    for (const { status } of answers) expect([200, 202]).toContain(status);
    await receiver.received('/together/', 16);
    await Promise.all(again.map((id) => until(system, id, 'delivered')));
    expect(receiver.at('/together/')).toHaveLength(16);
  });

  it('with a property that could be mistaken for a prototype is refused, and why', async () => {
    const { id } = await system.post({ hours: 1, url: receiver.url('/prototype') });
    for (const body of ['{"body":{"__proto__":1}}', '{"body":{"constructor":{"prototype":1}}}']) {
      const answer = await system
        .api()
        .patch(`/timers/${id}`)
        .set('content-type', 'application/json')
        .send(body)
        .expect(400);
      expect((answer.body as { detail: string }).detail).toMatch(/^The body has a property __proto__/);
    }
  });

  it('of one that is not there is 404, of a malformed id 400', async () => {
    const { id } = await system.post({ hours: 1, url: receiver.url('/foreign') });
    const other = id.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    for (const asked of [cancel(other), fire(other), redeliver(other)]) await asked.expect(404);
    for (const asked of [cancel('abc'), fire('abc'), redeliver('abc')]) await asked.expect(400);
    await cancel(id).expect(200);
  });

  it('against the firing has one outcome, whoever wins', async () => {
    const bodies = Array.from({ length: 40 }, (_, i) => ({ seconds: 3, url: receiver.url(`/race/${i}/`) }));
    const timers = (await postTimers(system.servers, bodies)).map(({ body }) => body as TimerBody);
    const decided = await Promise.all(
      timers.map(async ({ id, fire_at }, i) => {
        const atMs = Date.parse(fire_at) - 60 + 3 * i;
        await waitUntil('it is nearly due', () => Date.now() >= atMs, { everyMs: 1 });
        return { id, status: (await cancel(id)).status };
      }),
    );
    const canceled = decided.filter(({ status }) => status === 200).map(({ id }) => id);
    const sent = decided.filter(({ status }) => status === 409).map(({ id }) => id);
    expect(decided.filter(({ status }) => ![200, 409].includes(status))).toEqual([]);
    await Promise.all(sent.map((id) => until(system, id, 'delivered')));
    await Promise.all(canceled.map((id) => until(system, id, 'canceled')));
    const ids = receiver.at('/race/').map(({ headers }) => headers['webhook-id'] as string);
    expect(ids.sort()).toEqual(sent.sort());
  });
});

describe('a change while no worker is running', () => {
  let system: System;
  let receiver: Receiver;

  beforeEach(async () => {
    [system, receiver] = await Promise.all([System.start(), Receiver.start()]);
  });

  afterEach(async () => {
    await receiver.stop();
    await system.stop();
  });

  it('is accepted, and wins over every firing that was not dispatched', async () => {
    const url = receiver.url('/not-wanted/');
    const soon = await system.post({ seconds: 3, url });
    const later = await system.post({ seconds: 60, url });
    const kept = await system.post({ seconds: 3, url: receiver.url('/wanted/') });
    await system.worker.kill();
    for (const { id } of [soon, later]) {
      const { body } = await system.api().delete(`/timers/${id}`).expect(202);
      expect(body).toMatchObject({ id, status: 'scheduled' });
    }
    await waitUntil('they are overdue', () => Date.now() > Date.parse(kept.fire_at));
    system.worker.start();
    await receiver.received('/wanted/', 1, 60_000);
    for (const { id } of [soon, later]) await until(system, id, 'canceled');
    expect(receiver.at('/not-wanted/')).toHaveLength(0);
  });

  it('is accepted also where all timers that were set together have ended, and made once', async () => {
    const { id } = await system.post({ url: receiver.url('/ended') });
    await until(system, id, 'delivered');
    await system.worker.kill();
    for (let asked = 0; asked < 2; asked++) {
      const { body } = await system.api().post(`/timers/${id}/redeliver`).expect(202);
      expect(body).toMatchObject({ id, status: 'delivered' });
    }
    system.worker.start();
    const [, again] = await receiver.received('/ended', 2, 60_000);
    expect(again?.headers['webhook-id']).toBe(id);
    await waitUntil('it has ended again', async () => {
      const { status, version } = await system.get(id);
      return status === 'delivered' && version === 1;
    });
    expect(receiver.at('/ended')).toHaveLength(2);
  });
});
