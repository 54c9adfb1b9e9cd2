import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import fc from 'fast-check';
import { BlastCredit } from './blast-credit.js';
import type { Database } from './database.js';

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));
const TENANT = 'shop';

describe('the message credit of a tenant', () => {
  let postgres: PGlite;
  let credit: BlastCredit;

  const setLimit = (limit: number | null) =>
    postgres.query('UPDATE tenants SET message_credit = $1 WHERE id = $2', [limit, TENANT]);
  const left = async () => {
    const { rows } = await postgres.query<{ message_credit: number | null }>(
      'SELECT message_credit FROM tenants WHERE id = $1',
      [TENANT],
    );
    return rows[0]?.message_credit ?? null;
  };
  /** A blast with so many who are to get it. */
  const blastOf = async (count: number) => {
    const id = randomUUID();
    await postgres.query(
      `INSERT INTO blasts (id, tenant, name, channel, content, times, retry, parallelism, on_uncertain, status)
       VALUES ($1, $2, 'test', 'email', '{}', '{}', '{}', 32, 'hold', 'running')`,
      [id, TENANT],
    );
    await postgres.query(
      `INSERT INTO blast_recipients (blast, address, data) SELECT $1, 'a@x.example', '{}' FROM generate_series(1, $2::int)`,
      [id, count],
    );
    return id;
  };
  /** So many of a blast come from one status to another. */
  const become = (blast: string, from: string, to: string, count = 1_000) =>
    postgres.query(
      `UPDATE blast_recipients SET status = $3 WHERE blast = $1 AND seq IN (
         SELECT seq FROM blast_recipients WHERE blast = $1 AND status = $2 ORDER BY seq LIMIT $4)`,
      [blast, from, to, count],
    );
  const has = async (blast: string, statuses: string[]) => {
    const { rows } = await postgres.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM blast_recipients WHERE blast = $1 AND status = ANY ($2)',
      [blast, statuses],
    );
    return rows[0]?.count ?? 0;
  };
  const charged = async (blast: string) => {
    const { rows } = await postgres.query<{ charged: number }>(
      'SELECT (credit - uncharged)::int AS charged FROM blasts WHERE id = $1 AND credit >= uncharged AND uncharged >= 0',
      [blast],
    );
    return rows[0]?.charged;
  };
  const cancel = async (blast: string) => {
    await become(blast, 'pending', 'canceled');
    await credit.giveBack(TENANT, blast);
  };

  beforeAll(async () => {
    postgres = await PGlite.create();
    const orm = drizzle({ client: postgres });
    await migrate(orm, { migrationsFolder: MIGRATIONS });
    const execute = {
      execute: orm.execute.bind(orm),
      transaction: (run: (of: object) => unknown) => run(execute),
    };
    credit = new BlastCredit({ orm: execute } as unknown as Database);
    await postgres.query('INSERT INTO tenants (id, name) VALUES ($1, $1)', [TENANT]);
  }, 60_000);
  afterAll(() => postgres.close());
  beforeEach(async () => {
    await postgres.exec('TRUNCATE blasts CASCADE');
    await setLimit(null);
  });

  it('is less by all who are to get the message, and has those back who did not', async () => {
    await setLimit(10);
    const blast = await blastOf(8);
    expect(await credit.reserve(TENANT, blast)).toBe(0);
    expect(await credit.reserve(TENANT, blast)).toBe(0);
    expect(await left()).toBe(2);
    await become(blast, 'pending', 'sent', 3);
    await become(blast, 'pending', 'uncertain', 1);
    await cancel(blast);
    await credit.giveBack(TENANT, blast);
    expect(await left()).toBe(6);
    expect(await charged(blast)).toBe(4);
  });

  it('is too little for a blast that is larger, which then holds nothing', async () => {
    await setLimit(10);
    const blast = await blastOf(12);
    expect(await credit.reserve(TENANT, blast)).toBe(2);
    expect(await left()).toBe(10);
    await cancel(blast);
    expect(await left()).toBe(10);
  });

  it('is right although a worker of before, which knows of one number only, has given back', async () => {
    const blast = await blastOf(10);
    await credit.reserve(TENANT, blast);
    await become(blast, 'pending', 'failed', 9);
    await become(blast, 'pending', 'sent', 1);
    await postgres.query('UPDATE blasts SET credit = 1 WHERE id = $1', [blast]);
    await setLimit(20);
    await become(blast, 'failed', 'pending', 9);
    expect(await credit.reserve(TENANT, blast)).toBe(0);
    expect(await left()).toBe(11);
    await cancel(blast);
    expect(await left()).toBe(20);
    expect(await charged(blast)).toBe(0);
  });

  it('gets nothing of a blast that was listed before there was a limit', async () => {
    const blast = await blastOf(50);
    await credit.reserve(TENANT, blast);
    expect(await charged(blast)).toBe(0);
    await setLimit(10);
    await become(blast, 'pending', 'sent', 4);
    await cancel(blast);
    expect(await left()).toBe(10);
    expect(await charged(blast)).toBe(0);
  });

  it('is not charged, when those who have failed get it again, for what was sent before there was a limit', async () => {
    const blast = await blastOf(50);
    await credit.reserve(TENANT, blast);
    await become(blast, 'pending', 'sent', 40);
    await become(blast, 'pending', 'failed');
    await credit.giveBack(TENANT, blast);
    await setLimit(12);
    await become(blast, 'failed', 'pending');
    expect(await credit.reserve(TENANT, blast)).toBe(0);
    expect(await left()).toBe(2);
    await become(blast, 'pending', 'sent', 7);
    await become(blast, 'pending', 'failed');
    await credit.giveBack(TENANT, blast);
    expect(await left()).toBe(5);
    expect(await charged(blast)).toBe(7);
  });

  it('gets nothing for what was listed anew after the limit was taken away, only for what was charged', async () => {
    await setLimit(100);
    const blast = await blastOf(100);
    await credit.reserve(TENANT, blast);
    await become(blast, 'pending', 'sent', 60);
    await become(blast, 'pending', 'failed');
    await credit.giveBack(TENANT, blast);
    expect(await left()).toBe(40);
    await setLimit(null);
    await become(blast, 'failed', 'pending');
    await credit.reserve(TENANT, blast);
    await setLimit(10);
    await become(blast, 'pending', 'sent', 20);
    await cancel(blast);
    expect(await left()).toBe(10);
    expect(await charged(blast)).toBe(60);
  });

  it('has back what was held before the limit was taken away and set again', async () => {
    await setLimit(100);
    const blast = await blastOf(100);
    await credit.reserve(TENANT, blast);
    await setLimit(null);
    await become(blast, 'pending', 'sent', 60);
    await setLimit(5);
    await cancel(blast);
    expect(await left()).toBe(45);
  });

  it('has nothing back while there is no limit, nor later', async () => {
    await setLimit(100);
    const blast = await blastOf(100);
    await credit.reserve(TENANT, blast);
    await setLimit(null);
    await cancel(blast);
    expect(await left()).toBeNull();
    await setLimit(5);
    await credit.giveBack(TENANT, blast);
    expect(await left()).toBe(5);
  });

  type Steps = ReturnType<typeof steps> extends fc.Arbitrary<infer Value> ? Value : never;
  /** Some do something to one of three blasts, or to the limit. */
  const steps = (limits: fc.Arbitrary<number | null>) =>
    fc.array(
      fc.oneof(
        limits.map((limit) => ({ do: 'limit' as const, limit })),
        fc.record({
          do: fc.constantFrom('list', 'send', 'lose', 'fail', 'retry', 'resend', 'cancel', 'end' as const),
          blast: fc.nat(2),
          count: fc.nat(6),
        }),
      ),
      { maxLength: 30 },
    );

  const run = async (all: Steps, check: (given: number, blasts: string[]) => Promise<void>) => {
    await postgres.exec('TRUNCATE blasts CASCADE');
    await setLimit(20);
    const blasts = [await blastOf(6), await blastOf(9), await blastOf(12)];
    let given = 20;
    for (const step of all) {
      if (step.do === 'limit') {
        await setLimit(step.limit);
        // What an operator says is what is left: what is held is on top of it.
        let held = 0;
        for (const blast of blasts) held += (await charged(blast)) ?? 0;
        given = (step.limit ?? 0) + held;
        continue;
      }
      const { count } = step;
      const blast = blasts[step.blast] ?? '';
      if (step.do === 'list') await credit.reserve(TENANT, blast);
      // Only what is held for is sent.
      if (['send', 'lose', 'fail'].includes(step.do) && (await credit.reserve(TENANT, blast)) > 0) continue;
      if (step.do === 'send') await become(blast, 'pending', 'sent', count);
      if (step.do === 'lose') await become(blast, 'pending', 'uncertain', count);
      if (step.do === 'fail') await become(blast, 'pending', 'failed', count);
      if (step.do === 'retry') await become(blast, 'failed', 'pending');
      if (step.do === 'resend') await become(blast, 'uncertain', 'pending', count);
      if (step.do === 'cancel') await become(blast, 'pending', 'canceled');
      if (step.do === 'cancel' || step.do === 'end') await credit.giveBack(TENANT, blast);
      await check(given, blasts);
    }
    for (const blast of blasts) await cancel(blast);
    return { given, blasts };
  };

  it('is never more than was given, whatever happens in whatever order', async () => {
    const limits = fc.option(fc.nat(40), { nil: null });
    await fc.assert(
      fc.asyncProperty(steps(limits), async (all) => {
        await run(all, async (given, blasts) => {
          const now = await left();
          if (now !== null) expect(now).toBeLessThanOrEqual(given);
          if (now !== null) expect(now).toBeGreaterThanOrEqual(0);
          for (const blast of blasts) expect(await charged(blast)).toBeDefined();
        });
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  it('has gone, where there always was a limit, for what was sent or may have been, and for nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(steps(fc.nat(40)), async (all) => {
        const { given, blasts } = await run(all, () => Promise.resolve());
        let sent = 0;
        for (const blast of blasts) sent += await has(blast, ['sent', 'uncertain']);
        expect(given - ((await left()) ?? 0)).toBe(sent);
      }),
      { numRuns: 30 },
    );
  }, 60_000);
});
