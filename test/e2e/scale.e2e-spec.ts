import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeTimerId } from '#contracts/timer-id.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { postTimers } from '../support/load.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

describe('several servers and workers', () => {
  let system: System;
  let receiver: Receiver;

  beforeAll(async () => {
    [system, receiver] = await Promise.all([System.start({ servers: 2, workers: 2 }), Receiver.start()]);
  });

  afterAll(async () => {
    await receiver.stop();
    await system.stop();
  });

  it('share everything: what one server stores, another shows, and each timer is sent once', async () => {
    const [one, other] = system.servers as [System['server'], System['server']];
    const bodies = Array.from({ length: 100 }, (_, i) => ({
      seconds: 2,
      url: receiver.url(`/shared/${i}/`),
    }));
    const posts = await postTimers([one], bodies);
    for (const { body } of posts.slice(0, 10))
      expect(await system.get(body?.id ?? '', other)).toMatchObject({ url: body?.url });
    await receiver.received('/shared/', 100);
    for (const { body } of posts) {
      await waitUntil(
        'delivered',
        async () => (await system.get(body?.id ?? '', other)).status === 'delivered',
      );
    }
    expect(receiver.at('/shared/')).toHaveLength(100);
  });

  it('keep timers that come together in few workflows', async () => {
    const bodies = Array.from({ length: 300 }, () => ({ seconds: 86_400, url: receiver.url('/grouped') }));
    const posts = await postTimers(system.servers, bodies, 100);
    const groups = new Set(posts.map(({ body }) => decodeTimerId(body?.id ?? '')?.groupKey));
    expect(groups.size).toBeLessThan(60);
  });

  it('send 5,000 overdue timers when the workers are back, while new ones need not wait for all of them and the API answers', async () => {
    await Promise.all(system.workers.map((worker) => worker.kill()));
    const bodies = Array.from({ length: 5_000 }, (_, i) => ({
      seconds: 1,
      url: receiver.url(`/overdue/${i}/`),
    }));
    const posts = await postTimers(system.servers, bodies, 64);
    expect(posts.every(({ status }) => status === 201)).toBe(true);
    const last = Math.max(...posts.map(({ body }) => Date.parse(body?.fire_at ?? '')));
    await waitUntil('all are overdue', () => Date.now() > last);

    // Slow enough that the backlog is still there when the new ones are due.
    receiver.answer('/overdue/', (_request, response) => void setTimeout(() => response.end(), 400));
    for (const worker of system.workers) worker.start();
    await receiver.received('/overdue/', 1, 60_000);
    const fresh = await Promise.all(
      Array.from({ length: 20 }, (_, i) => system.post({ seconds: 3, url: receiver.url(`/fresh/${i}/`) })),
    );
    for (const { id } of fresh) await system.get(id);
    await receiver.received('/fresh/', 20);
    const lateness = receiver.at('/fresh/').map(({ atMs, headers }) => {
      const timer = fresh.find(({ id }) => id === headers['webhook-id']);
      return atMs - Date.parse(timer?.fire_at ?? '');
    });
    expect(Math.min(...lateness)).toBeGreaterThanOrEqual(0);
    const freshEndedMs = Math.max(...receiver.at('/fresh/').map(({ atMs }) => atMs));
    await receiver.received('/overdue/', 5_000, 60_000);
    const overdueBehind = receiver.at('/overdue/').filter(({ atMs }) => atMs > freshEndedMs);
    expect(overdueBehind.length).toBeGreaterThan(500);
    const distinct = new Set(receiver.at('/overdue/').map(({ target }) => target));
    expect(distinct.size).toBe(5_000);
    expect(receiver.at('/overdue/')).toHaveLength(5_000);
  });
});
