import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { Database, FOR_JOBS } from '#database/database.js';
import { Locks } from '#database/locks.js';
import { Results } from '#database/results.js';
import { LockLost, ResourceLocks } from '../../apps/worker/src/activities/jobs/resource-locks.js';
import { Child } from '../../scripts/child.js';
import { ROOT } from '../../scripts/paths.js';
import { freePort } from '../../scripts/ports.js';
import { Postgres } from '../../scripts/topology/postgres.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { testFolder } from '../support/topology.js';

describe('on a real PostgreSQL', () => {
  const folder = testFolder();
  const never = new AbortController().signal;
  let postgres: Postgres;
  let url: string;
  let pools: Database[];

  beforeAll(async () => {
    const port = await freePort();
    postgres = new Postgres({
      dataDir: join(folder, 'database'),
      port,
      user: 'timekeeper',
      password: 'test',
    });
    await postgres.start();
    url = postgres.url('timekeeper');
    const script = join(ROOT, 'dist/test/support/prepare-database.js');
    const prepared = new Child('preparation', process.execPath, [script, url], {
      logFile: join(folder, 'prepare.log'),
    });
    expect(await prepared.exited).toBe('code 0');
    // As many connections as five processes have.
    pools = Array.from({ length: 5 }, () => new Database(url, () => undefined, FOR_JOBS));
  });

  afterAll(async () => {
    await Promise.all((pools ?? []).map((pool) => pool.close()));
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const pool = (index: number) => pools[index % pools.length] as Database;

  describe('an aggregated result', () => {
    const add = (writer: number, name: string, contribution: string, tenant = 'acme') =>
      new Results(pool(writer)).add(
        { tenant, name, contribution },
        { counters: { sent: 1, bytes: writer }, lists: { users: [{ writer, contribution }] } },
      );

    it('loses nothing of what 50 add at the same time', async () => {
      const writers = Array.from({ length: 50 }, (_, writer) => writer);
      const added = await Promise.all(
        writers.map(async (writer) => {
          for (let turn = 0; turn < 4; turn++) await add(writer, 'totals', `${writer}:${turn}`);
        }),
      );
      expect(added).toHaveLength(50);
      const result = await new Results(pool(0)).find('acme', 'totals');
      expect(result).toMatchObject({
        ...{ contributions: 200, lists: { users: 200 } },
        counters: { sent: 200, bytes: 4 * writers.reduce((sum, writer) => sum + writer, 0) },
      });
    });

    it('counts each contribution once, though many repeat it at the same time', async () => {
      const repeated = Array.from({ length: 50 }, (_, i) => add(i, 'repeated', `group-${i % 5}`));
      const added = await Promise.all(repeated);
      expect(added.filter(Boolean)).toHaveLength(5);
      const result = await new Results(pool(0)).find('acme', 'repeated');
      expect(result).toMatchObject({ contributions: 5, counters: { sent: 5 }, lists: { users: 5 } });
    });

    it('of one tenant is not that of another', async () => {
      await add(1, 'own', 'group', 'acme');
      await add(1, 'own', 'group', 'other');
      const results = new Results(pool(0));
      expect(await results.find('acme', 'own')).toMatchObject({ contributions: 1 });
      expect(await results.find('third', 'own')).toBeUndefined();
    });

    it('takes many items at once, and gives them page by page in the order in which they came', async () => {
      const results = new Results(pool(0));
      const users = Array.from({ length: 2_500 }, (_, user) => ({ user }));
      const name = { tenant: 'acme', name: 'long' };
      await results.add({ ...name, contribution: 'all' }, { lists: { users } });
      const first = await results.items({ ...name, list: 'users' }, { limit: 2_000 });
      const after = first.at(-1)?.id;
      const rest = await results.items({ ...name, list: 'users' }, { limit: 2_000, after });
      expect([...first, ...rest].map(({ item }) => item)).toEqual(users);
    });

    it('is gone with all that is in it when it is removed, and can be begun anew', async () => {
      const results = new Results(pool(0));
      await add(1, 'gone', 'group');
      await results.remove('acme', ['gone', 'never-there']);
      expect(await results.find('acme', 'gone')).toBeUndefined();
      expect(await results.items({ tenant: 'acme', name: 'gone', list: 'users' }, { limit: 9 })).toEqual([]);
      expect(await add(1, 'gone', 'group')).toBe(true);
    });
  });

  describe('a lock', () => {
    const locks = (index: number) => new ResourceLocks(new Locks(pool(index)));

    /** A process of its own that holds a lock. */
    async function holder(resource: string): Promise<{ process: Child; fencingToken: number }> {
      const args = [join(ROOT, 'dist/test/support/lock-holder.js'), url, 'acme', resource];
      const process_ = new Child('holder', process.execPath, args, { logFile: join(folder, 'holder.log') });
      return { process: process_, fencingToken: (await process_.said()) as number };
    }

    it('is held by one at a time, and each holder has a greater fencing token', async () => {
      const tokens: number[] = [];
      let holders = 0;
      const hold = (index: number) =>
        locks(index).withLock(
          'acme',
          'crm',
          async ({ fencingToken }) => {
            expect(++holders).toBe(1);
            tokens.push(fencingToken);
            await sleep(5);
            holders--;
          },
          never,
        );
      await Promise.all(Array.from({ length: 20 }, (_, index) => hold(index)));
      expect(tokens).toHaveLength(20);
      expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
    });

    it('of one tenant or resource does not hold up another', async () => {
      const inside = await locks(0).withLock(
        'acme',
        'own',
        () =>
          locks(1).withLock(
            'other',
            'own',
            () => locks(2).withLock('acme', 'another', () => Promise.resolve('in all three'), never),
            never,
          ),
        never,
      );
      expect(inside).toBe('in all three');
    });

    it('is free again when its holder has thrown, and the error is its own', async () => {
      const fails = () => Promise.reject(new Error('broken'));
      await expect(locks(0).withLock('acme', 'thrown', fails, never)).rejects.toThrow('broken');
      const after = await locks(1).withLock('acme', 'thrown', () => Promise.resolve('free'), never);
      expect(after).toBe('free');
    });

    it('is waited for no longer than whoever asks wants to', async () => {
      const controller = new AbortController();
      await locks(0).withLock(
        'acme',
        'held',
        async () => {
          const waits = locks(1).withLock('acme', 'held', () => Promise.resolve(), controller.signal);
          controller.abort();
          await expect(waits).rejects.toThrow();
        },
        never,
      );
    });

    it('of a process that was killed is free after its lease, and no sooner', async () => {
      const killed = await holder('killed');
      const aliveMs = Date.now();
      await killed.process.kill();
      const { fencingToken, atMs } = await locks(0).withLock(
        'acme',
        'killed',
        (lock) => Promise.resolve({ fencingToken: lock.fencingToken, atMs: Date.now() }),
        never,
      );
      expect(fencingToken).toBeGreaterThan(killed.fencingToken);
      // It may have been kept up to 2 s before it was killed.
      expect(atMs - aliveMs).toBeGreaterThan(5_000);
      expect(atMs - aliveMs).toBeLessThan(20_000);
    });

    it('of a process that was stopped is another one’s, and it learns of that when it wakes up', async () => {
      const stopped = await holder('stopped');
      stopped.process.signal('SIGSTOP');
      await locks(0).withLock(
        'acme',
        'stopped',
        async () => {
          stopped.process.signal('SIGCONT');
          expect(await stopped.process.exited).toBe('code 3');
        },
        never,
      );
    });

    it('that was lost fires its signal, and what was done under it does not count as done', async () => {
      let lostMs = 0;
      const held = locks(0).withLock(
        'acme',
        'lost',
        async ({ signal }) => {
          await pool(1).orm.execute(
            sql`UPDATE locks SET holder = ${randomUUID()} WHERE tenant = 'acme' AND resource = 'lost'`,
          );
          await waitUntil('the signal fires', () => signal.aborted);
          lostMs = Date.now();
        },
        never,
      );
      await expect(held).rejects.toThrow(LockLost);
      expect(lostMs).toBeGreaterThan(0);
    });
  });
});
