import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '#database/database.js';
import { Flows } from '#database/flows.js';
import { sql } from 'drizzle-orm';
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

  describe('in the database', () => {
    let database: Database;
    let flows: Flows;

    beforeAll(() => {
      database = new Database(postgres.url('timekeeper'), () => undefined);
      flows = new Flows(database);
    });

    afterAll(() => database.close());

    const lease = () => ({ holder: randomUUID(), leaseMs: 60_000 });

    async function rows(tenant: string): Promise<number> {
      const counted = await database.orm.execute<{ rows: number }>(sql`
        SELECT (SELECT count(*) FROM flows WHERE tenant = ${tenant})::integer
             + (SELECT count(*) FROM flow_slots WHERE tenant = ${tenant})::integer AS rows`);
      return counted.rows[0]?.rows ?? NaN;
    }

    const asIfUnusedFor = async (tenant: string, hours: number) => {
      await database.orm.execute(
        sql`UPDATE flows SET next_ms = next_ms - ${hours} * 3600000.0 WHERE tenant = ${tenant}`,
      );
      await database.orm.execute(sql`
        UPDATE flow_slots SET held_until = held_until - ${hours} * interval '1 hour' WHERE tenant = ${tenant}`);
    };

    it('has as many slots as its parallelism, however many ask at once, and each again once it is given back', async () => {
      const limit = { key: 'slots', parallelism: 3 };
      const asked = await Promise.all(
        Array.from({ length: 30 }, async () => {
          const { holder, leaseMs } = lease();
          return { holder, slot: await flows.takeSlot('slots', limit, { holder, leaseMs }) };
        }),
      );
      const taken = asked.filter(({ slot }) => slot !== undefined);
      while (taken.length < 3) {
        const { holder, leaseMs } = lease();
        taken.push({ holder, slot: await flows.takeSlot('slots', limit, { holder, leaseMs }) });
      }
      expect(taken.map(({ slot }) => slot).sort()).toEqual([0, 1, 2]);
      expect(await flows.takeSlot('slots', limit, lease())).toBeUndefined();
      const [{ holder, slot = NaN } = { holder: '' }] = taken;
      await flows.giveSlot('slots', 'slots', slot, holder);
      expect(await flows.takeSlot('slots', limit, lease())).toBe(slot);
    });

    it('keeps its rate though its row is taken away in the same moment', async () => {
      const limits = ['a', 'b'].map((key) => ({ key, intervalMs: 1_000 }));
      const ask = () => flows.takePlaces('rate', limits, [0]);
      const places: number[] = [];
      for (let round = 0; round < 10; round++) {
        const [answers] = await Promise.all([Promise.all([ask(), ask(), ask()]), flows.forgetUnused()]);
        const waits = answers.flat().sort((a, b) => a - b);
        places.push((waits[1] ?? 0) - (waits[0] ?? 0), (waits[2] ?? 0) - (waits[1] ?? 0));
        await asIfUnusedFor('rate', 2);
      }
      // The clock goes on between two answers.
      expect(Math.min(...places)).toBeGreaterThan(500);
    });

    it('leaves nothing behind that was not used for long, and keeps what is in use', async () => {
      for (const tenant of ['unused', 'used']) {
        await flows.takePlaces(tenant, [{ key: 'a', intervalMs: 1_000 }], [0, 0]);
        await flows.takeSlot(tenant, { key: 'a', parallelism: 2 }, lease());
      }
      await asIfUnusedFor('unused', 2);
      expect([await rows('unused'), await rows('used')]).toEqual([2, 2]);
      await flows.forgetUnused();
      expect([await rows('unused'), await rows('used')]).toEqual([0, 2]);
      // As if it had never been there.
      const [first = NaN] = await flows.takePlaces('unused', [{ key: 'a', intervalMs: 1_000 }], [0]);
      expect(first).toBeLessThan(100);
      expect(await flows.takeSlot('unused', { key: 'a', parallelism: 1 }, lease())).toBe(0);
    });

    it('is known by a digest of its key alone', async () => {
      const key = `canary ${randomUUID()}`;
      await flows.takePlaces('digest', [{ key, intervalMs: 1_000 }], [0]);
      await flows.takeSlot('digest', { key, parallelism: 1 }, lease());
      const { rows: stored } = await database.orm.execute(sql`
        SELECT row_to_json(flows)::text AS row, encode(key_digest, 'escape') AS key FROM flows UNION ALL
        SELECT row_to_json(flow_slots)::text, encode(key_digest, 'escape') FROM flow_slots`);
      expect(stored.length).toBeGreaterThanOrEqual(2);
      expect(JSON.stringify(stored)).not.toContain('canary');
    });
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
