import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../scripts/wait-until.js';
import { postTimers } from '../support/load.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';
import type { TimerBody } from '../support/system.js';

describe('after a crash', () => {
  let system: System;
  let receiver: Receiver;

  beforeEach(async () => {
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    await receiver.stop();
    await system.stop();
  });

  const msUntilLast = (timers: { fire_at: string }[]) =>
    Math.max(...timers.map(({ fire_at }) => Date.parse(fire_at))) - Date.now();

  it('of everything, a timer fires at its first deadline, or at once if that has passed', async () => {
    system = await System.start();
    const soon = await system.post({ seconds: 4, url: receiver.url('/soon') });
    const later = await system.post({ seconds: 40, url: receiver.url('/later') });
    await system.killAll();
    await waitUntil('the first deadline has passed', () => Date.now() > Date.parse(soon.fire_at));
    expect(receiver.requests).toHaveLength(0);

    await system.engine.start();
    system.startApps();
    const [atOnce] = await receiver.received('/soon', 1, 60_000);
    expect(atOnce?.headers['webhook-id']).toBe(soon.id);
    const [onTime] = await receiver.received('/later', 1, 60_000);
    expect(onTime?.atMs).toBeGreaterThanOrEqual(Date.parse(later.fire_at));
    expect((onTime?.atMs ?? 0) - Date.parse(later.fire_at)).toBeLessThan(2_000);
    expect((await system.get(later.id)).fire_at).toBe(later.fire_at);
    expect(receiver.requests).toHaveLength(2);
  });

  it('with all workers down, GET answers within 2 s, and each timer is sent once when a worker is back', async () => {
    system = await System.start({ workers: 2 });
    await Promise.all(system.workers.map((worker) => worker.kill()));
    const bodies = Array.from({ length: 50 }, (_, i) => ({
      seconds: 1 + (i % 3),
      url: receiver.url(`/away/${i}/`),
    }));
    const posts = await postTimers(system.servers, bodies);
    expect(posts.every(({ status }) => status === 201)).toBe(true);

    const [first] = posts;
    const askedMs = Date.now();
    const { id, url, fire_at } = first?.body as TimerBody;
    expect(await system.get(id)).toEqual({
      ...{ id, url, fire_at, next_attempt_at: fire_at },
      ...{ status: 'scheduled', time_left: expect.any(Number), attempts: 0, version: 0 },
    });
    expect(Date.now() - askedMs).toBeLessThan(2_000);
    await sleep(msUntilLast(posts.map(({ body }) => body as never)));
    expect((await system.get(first?.body?.id ?? '')).time_left).toBe(0);
    expect(receiver.requests).toHaveLength(0);

    system.worker.start();
    await receiver.received('/away/', 50);
    await settled(posts.map(({ body }) => body?.id ?? ''));
    expect(receiver.requests).toHaveLength(50);
  });

  it('of the worker that holds a window, another sends the rest within 15 s and doubles only the last moment', async () => {
    await startWithOneOfTwoWorkers();
    const bodies = Array.from({ length: 200 }, (_, i) => ({
      seconds: 3 + (i % 14),
      url: receiver.url(`/held/${i}/`),
    }));
    const posts = await postTimers(system.servers, bodies, 200);
    await receiver.received('/held/', 20);
    await startSecondWorker();
    await system.worker.kill();
    const killedMs = Date.now();
    expect(receiver.requests.length).toBeLessThan(200);
    await waitUntil('every timer was received', () => distinctPaths(receiver) === 200, { timeoutMs: 40_000 });
    const dueMs = new Map(posts.map(({ body }) => [body?.id, Date.parse(body?.fire_at ?? '')]));
    const lateness = receiver.requests.map(
      ({ atMs, headers }) => atMs - (dueMs.get(String(headers['webhook-id'])) ?? 0),
    );
    expect(Math.max(...lateness)).toBeLessThan(15_000);
    expect(Math.min(...lateness)).toBeGreaterThanOrEqual(0);
    await settled(posts.map(({ body }) => body?.id ?? ''));
    expect(onlyDoubledSince(receiver, killedMs - 1_000)).toBe(true);
  });

  it('a worker that was stopped for longer than its lease sends nothing that another has taken over', async () => {
    await startWithOneOfTwoWorkers();
    const bodies = Array.from({ length: 200 }, (_, i) => ({
      seconds: 4 + (i % 14),
      url: receiver.url(`/lease/${i}/`),
    }));
    const posts = await postTimers(system.servers, bodies, 200);
    await receiver.received('/lease/', 20);
    await startSecondWorker();
    system.worker.process.signal('SIGSTOP');
    const stoppedMs = Date.now();
    expect(receiver.requests.length).toBeLessThan(200);
    await waitUntil('every timer was received', () => distinctPaths(receiver) === 200, { timeoutMs: 40_000 });
    const received = receiver.requests.length;
    system.worker.process.signal('SIGCONT');
    // It has woken up when it answers again; by then its timeouts have rung as well.
    await system.worker.ready();
    await settled(posts.map(({ body }) => body?.id ?? ''));
    expect(receiver.requests).toHaveLength(received);
    expect(onlyDoubledSince(receiver, stoppedMs - 1_000)).toBe(true);
  });

  // So that the first worker is the one that holds the windows.
  async function startWithOneOfTwoWorkers(): Promise<void> {
    system = await System.start({ workers: 2 });
    await system.workers[1]?.stop();
  }

  async function startSecondWorker(): Promise<void> {
    system.workers[1]?.start();
    await system.workers[1]?.ready();
  }

  async function settled(ids: string[]): Promise<void> {
    for (const id of ids) {
      await waitUntil(`${id} is delivered`, async () => (await system.get(id)).status === 'delivered');
    }
  }
});

function distinctPaths(receiver: Receiver): number {
  return new Set(receiver.requests.map(({ target }) => target)).size;
}

/** Whether each request that came twice came first at or after the time. */
function onlyDoubledSince(receiver: Receiver, sinceMs: number): boolean {
  return receiver.requests.every(({ target, atMs }, index) => {
    const again = receiver.requests.findIndex((other, at) => at > index && other.target === target);
    return again < 0 || atMs >= sinceMs;
  });
}
