import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../scripts/wait-until.js';
import { postTimers } from '../support/load.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';
import { TOPOLOGY } from '../support/topology.js';

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

  it('of the engine under load, nothing accepted is lost and nobody has to restart anything', async () => {
    system = await System.start({ servers: 2, workers: 2 });
    const bodies = Array.from({ length: 600 }, (_, i) => ({
      seconds: 1 + (i % 6),
      url: receiver.url(`/load/${i}/`),
    }));
    const load = postTimers(system.servers, bodies, 16);
    await receiver.received('/load/', 1);
    await system.engine.kill();

    const askedMs = Date.now();
    const { status, headers } = await system
      .api()
      .post('/timers')
      .send({ seconds: 1, url: receiver.url('/down') });
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('1');
    expect(Date.now() - askedMs).toBeLessThan(3_000);
    await system.api(system.servers[1]).get('/health/ready').expect(503);
    await system.api(system.worker).get('/health/ready').expect(503);
    await system.engine.start();

    const posts = await load;
    expect([...new Set(posts.map(({ status: answered }) => answered))].sort()).toEqual([201, 503]);
    const accepted = posts.filter(({ status: answered }) => answered === 201);
    expect(accepted.length).toBeGreaterThan(0);
    await waitUntil(
      'everything accepted was received',
      () => accepted.every(({ path }) => receiver.at(path).length > 0),
      { timeoutMs: 60_000 },
    );
    await system.ready();
    const after = await system.post({ seconds: 2, url: receiver.url('/after') });
    const [request] = await receiver.received('/after', 1);
    expect((request?.atMs ?? 0) - Date.parse(after.fire_at)).toBeLessThan(5_000);
  });

  it('of nothing, but with an engine that hangs, a POST is answered with 503 within 3 s', async () => {
    system = await System.start();
    system.engine.signal('SIGSTOP');
    const askedMs = Date.now();
    const bodies = Array.from({ length: 20 }, (_, i) => ({ seconds: 1, url: receiver.url(`/hangs/${i}/`) }));
    const posts = await postTimers(system.servers, bodies, 20);
    expect(posts.map(({ status }) => status)).toEqual(bodies.map(() => 503));
    expect(Date.now() - askedMs).toBeLessThan(3_000);
    system.engine.signal('SIGCONT');
    await system.post({ url: receiver.url('/goes-on') });
    await receiver.received('/goes-on', 1);
  });

  const onPostgres = TOPOLOGY === 'postgres' ? it : () => undefined;
  onPostgres(
    'of PostgreSQL under load, nothing accepted is lost and nobody has to restart anything',
    async () => {
      system = await System.start({ workers: 2 });
      const bodies = Array.from({ length: 300 }, (_, i) => ({
        seconds: 1 + (i % 6),
        url: receiver.url(`/sql/${i}/`),
      }));
      const load = postTimers(system.servers, bodies, 16);
      await receiver.received('/sql/', 1);
      await system.postgres.kill();
      await waitUntil('a POST is refused', async () => {
        const { status } = await system
          .api()
          .post('/timers')
          .send({ url: receiver.url('/down') });
        return status === 503;
      });
      await system.postgres.start();
      const accepted = (await load).filter(({ status }) => status === 201);
      expect(accepted.length).toBeGreaterThan(0);
      await waitUntil(
        'everything accepted was received',
        () => accepted.every(({ path }) => receiver.at(path).length > 0),
        { timeoutMs: 60_000 },
      );
      await system.ready();
      await system.post({ seconds: 1, url: receiver.url('/after') });
      await receiver.received('/after', 1);
    },
  );
});
