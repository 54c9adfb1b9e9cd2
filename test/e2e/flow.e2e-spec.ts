import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../../scripts/ports.js';
import { Postgres } from '../../scripts/topology/postgres.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { postTimers } from '../support/load.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';
import { testFolder } from '../support/topology.js';

describe('a flow', () => {
  let postgres: Postgres;
  let system: System;
  let receiver: Receiver;

  beforeAll(async () => {
    const dataDir = join(testFolder(), 'flows');
    mkdirSync(dataDir);
    const port = await freePort();
    postgres = new Postgres({ dataDir, port, user: 'timekeeper', password: 'timekeeper' });
    await postgres.start();
    const env = {
      DATABASE_URL: `postgres://timekeeper:timekeeper@127.0.0.1:${port}/timekeeper`,
      SECRETS_KEY: randomBytes(32).toString('base64'),
    };
    [system, receiver] = await Promise.all([System.start({ workers: 2, env }), Receiver.start()]);
  });

  afterAll(async () => {
    await receiver?.stop();
    await system?.stop();
    await postgres?.stop();
  });

  /** The most that came within any one second. */
  function mostPerSecond(path: string): number {
    const times = receiver.at(path).map(({ atMs }) => atMs);
    return Math.max(
      ...times.map((atMs) => times.filter((other) => other >= atMs && other < atMs + 1_000).length),
    );
  }

  /** Answers slowly, and tells how many were under way at most. */
  function countUnderWay(path: string, answerMs: number): () => number {
    let underWay = 0;
    let most = 0;
    receiver.answer(path, (_request, response) => {
      most = Math.max(most, ++underWay);
      setTimeout(() => {
        underWay--;
        response.end();
      }, answerMs);
    });
    return () => most;
  }

  it('lets no more begin in a second than its rate, over all workers, and all in the end', async () => {
    const bodies = Array.from({ length: 40 }, (_, i) => ({
      ...{ seconds: 3, url: receiver.url(`/rate/${i}/`) },
      flow: { key: 'rate', rate: 5 },
    }));
    const posts = await postTimers(system.servers, bodies);
    expect(posts.every(({ status }) => status === 201)).toBe(true);
    await receiver.received('/rate/', 40, 60_000);
    expect(mostPerSecond('/rate/')).toBeLessThanOrEqual(6);
    expect(new Set(receiver.at('/rate/').map(({ target }) => target)).size).toBe(40);
  });

  it('has no more under way than its parallelism', async () => {
    const most = countUnderWay('/parallel/', 400);
    const bodies = Array.from({ length: 12 }, (_, i) => ({
      ...{ seconds: 1, url: receiver.url(`/parallel/${i}/`) },
      flow: { key: 'parallel', parallelism: 2 },
    }));
    await postTimers(system.servers, bodies);
    await receiver.received('/parallel/', 12, 60_000);
    expect(most()).toBe(2);
  });

  it('of a destination holds for every timer that goes there', async () => {
    const other = await Receiver.start();
    try {
      const { host } = new URL(other.url('/'));
      const { body } = await system.api().put(`/destinations/${host}/flow`).send({ rate: 4 }).expect(200);
      expect(body).toEqual({ rate: 4, period: 'PT1S' });
      const { body: read } = await system.api().get(`/destinations/${host}/flow`).expect(200);
      expect(read).toEqual(body);
      await system.api().put(`/destinations/${host}/flow`).send({}).expect(400);
      // Workers read limits every 5 s; from then on they hold.
      const bodies = Array.from({ length: 12 }, (_, i) => ({ seconds: 9, url: other.url(`/${i}/`) }));
      await postTimers(system.servers, bodies);
      const requests = await other.received('/', 12, 60_000);
      const times = requests.map(({ atMs }) => atMs);
      expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(2_500);
      await system.api().delete(`/destinations/${host}/flow`).expect(204);
      expect((await system.api().get(`/destinations/${host}/flow`).expect(200)).body).toEqual({});
    } finally {
      await other.stop();
    }
  });

  it('goes on after kill -9 of a worker that held all of its slots', async () => {
    receiver.answer('/killed/', (_request, response, count) => void (count > 2 && response.end()));
    const bodies = Array.from({ length: 6 }, (_, i) => ({
      ...{ seconds: 1, url: receiver.url(`/killed/${i}/`), timeout_seconds: 60 },
      flow: { key: 'killed', parallelism: 2 },
    }));
    const other = system.workers[1];
    await other?.stop();
    await postTimers(system.servers, bodies);
    await receiver.received('/killed/', 2);
    await system.worker.kill();
    other?.start();
    await waitUntil(
      'the others arrive',
      () => new Set(receiver.at('/killed/').map(({ target }) => target)).size === 6,
      { timeoutMs: 60_000 },
    );
    system.worker.start();
  });

  it('is refused where there is no database that could keep it', async () => {
    const without = await System.start();
    try {
      const flow = { key: 'a', rate: 1 };
      const { body } = await without
        .api()
        .post('/timers')
        .send({ url: receiver.url('/'), flow })
        .expect(422);
      expect(body.type).toBe('urn:timekeeper:problem:flow-needs-database');
      await without.api().put('/destinations/example.com/flow').send({ rate: 1 }).expect(422);
    } finally {
      await without.stop();
    }
  });
});
