import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../scripts/wait-until.js';
import { postTimers } from '../support/load.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

describe('SIGTERM', () => {
  let system: System;
  let receiver: Receiver;

  beforeEach(async () => {
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    await receiver.stop();
    await system.stop();
  });

  it('lets a worker finish what is in flight, and another sends the rest of its windows on time', async () => {
    system = await System.start({ workers: 2 });
    const [leaving, staying] = system.workers as [System['worker'], System['worker']];
    await staying.stop();
    receiver.answer('/slow', (_request, response) => void setTimeout(() => response.end(), 3_000));
    const bodies = Array.from({ length: 60 }, (_, i) => ({
      seconds: 2 + (i % 5),
      url: receiver.url(`/rest/${i}/`),
    }));
    const [slow, posts] = await Promise.all([
      system.post({ seconds: 2, url: receiver.url('/slow') }),
      postTimers(system.servers, bodies, 60),
    ]);
    await receiver.received('/slow', 1);
    staying.start();
    await staying.ready();
    expect(await leaving.stop()).toBe('SIGTERM');

    await receiver.received('/rest/', 60);
    const ids = [slow.id, ...posts.map(({ body }) => body?.id ?? '')];
    for (const id of ids)
      await waitUntil(`${id} is delivered`, async () => (await system.get(id)).status === 'delivered');
    expect(receiver.requests).toHaveLength(61);
    const dueMs = new Map(posts.map(({ body }) => [body?.id, Date.parse(body?.fire_at ?? '')]));
    const lateness = receiver
      .at('/rest/')
      .map(({ atMs, headers }) => atMs - (dueMs.get(String(headers['webhook-id'])) ?? 0));
    expect(Math.min(...lateness)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...lateness)).toBeLessThan(3_000);
  });

  it('ends a worker within its grace time though a destination hangs, and the attempt is made up for', async () => {
    const env = { SHUTDOWN_GRACE_SECONDS: '2', DELIVERY_TIMEOUT_SECONDS: '6', RETRY_DELAYS_SECONDS: '0' };
    system = await System.start({ env });
    receiver.answer('/hang', (_request, response, count) => void (count > 1 && response.end()));
    const { id } = await system.post({ url: receiver.url('/hang') });
    await receiver.received('/hang', 1);
    const askedMs = Date.now();
    await system.worker.stop();
    expect(Date.now() - askedMs).toBeLessThan(5_000);
    system.worker.start();
    await receiver.received('/hang', 2, 60_000);
    await waitUntil(`${id} is delivered`, async () => (await system.get(id)).status === 'delivered');
  });

  it('lets a server answer the requests that it has begun', async () => {
    system = await System.start();
    await system.post({ seconds: 1, url: receiver.url('/before') });
    system.engine.signal('SIGSTOP');
    const bodies = Array.from({ length: 20 }, (_, i) => ({ seconds: 1, url: receiver.url(`/begun/${i}/`) }));
    const load = postTimers(system.servers, bodies, 20);
    const settledEarly = await Promise.race([
      load.then(() => true),
      new Promise((resolve) => setImmediate(resolve, false)),
    ]);
    expect(settledEarly).toBe(false);
    await waitUntil('the server holds the requests', () => openConnections(system) >= 20);
    system.server.process.signal('SIGTERM');
    system.engine.signal('SIGCONT');
    expect((await load).map(({ status }) => status)).toEqual(bodies.map(() => 201));
    expect(await system.server.process.exited).toBe('SIGTERM');
    await receiver.received('/begun/', 20);
  });
});

/** Established connections to the server, as the kernel counts them. */
function openConnections(system: System): number {
  const port = Number(new URL(system.server.url).port).toString(16).toUpperCase().padStart(4, '0');
  const established = readFileSync('/proc/net/tcp', 'utf8').matchAll(
    new RegExp(`:${port} [0-9A-F]{8}:[0-9A-F]{4} 01`, 'g'),
  );
  return [...established].length;
}
