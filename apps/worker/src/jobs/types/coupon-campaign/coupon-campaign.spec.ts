import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import type { StepTools } from '../../group-run.js';
import type { ServiceRequest } from '../../step-context.js';
import { JobsInMemory } from '../../../testing/jobs-in-memory.js';
import { couponBatch } from './coupon-batch.job.js';
import { couponCampaign } from './coupon-campaign.job.js';

const TABLES = new URL('../../../../../../examples/coupons/tables.sql', import.meta.url);
const MIGRATIONS = fileURLToPath(new URL('../../../../../../libs/database/migrations', import.meta.url));
const ANSWER = { statusCode: 200, headers: {}, text: '' };
const USERS = 70;

describe('a coupon campaign', () => {
  const input = { campaign: 'spring', notify_url: 'http://inbox.example/', amount_cents: 500, page_size: 30 };
  let postgres: PGlite;
  let jobs: JobsInMemory;
  /** Whoever was notified, in that order. */
  let notified: number[];
  let answer: (user: number) => number;

  beforeAll(async () => {
    postgres = await PGlite.create();
    await migrate(drizzle({ client: postgres }), { migrationsFolder: MIGRATIONS });
    await postgres.exec(readFileSync(TABLES, 'utf8'));
    await postgres.exec(`INSERT INTO tenants (id, name, disabled_at) VALUES ('gone', 'Gone', now())`);
  });

  beforeEach(async () => {
    await postgres.exec('TRUNCATE example.users RESTART IDENTITY CASCADE');
    await postgres.query(
      `INSERT INTO example.users (tenant, email)
       SELECT 'default', number || '@example.com' FROM generate_series(1, $1::integer) AS number`,
      [USERS],
    );
    notified = [];
    answer = () => 200;
    const database = drizzle({ client: postgres }) as unknown as StepTools['database'];
    const call = ({ body }: ServiceRequest) => {
      const { user } = body as { user: number };
      notified.push(user);
      return Promise.resolve({ ...ANSWER, statusCode: answer(user) });
    };
    jobs = new JobsInMemory([couponCampaign, couponBatch], { database, call });
  });

  afterAll(async () => {
    await postgres.close();
  });

  it('gives every user one coupon, tells each of it once, and adds up exactly', async () => {
    const first = await jobs.run(couponCampaign, input, { tenant: 'default' });
    expect(first.children.map(({ type }) => type)).toEqual(Array(3).fill('coupon-batch'));
    await jobs.runQueued();
    expect(await credits()).toEqual([{ credit_cents: 500, users: USERS }]);
    expect(notified.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: USERS }, (_, index) => index + 1),
    );
    expect(jobs.result('coupon-campaign:spring', 'default').counters).toEqual({
      ...{ coupons: USERS, notified: USERS },
    });
  });

  it('leaves what is more than 20 pages to another of its kind, which begins behind them', async () => {
    const first = await jobs.run(couponCampaign, { ...input, page_size: 2 }, { tenant: 'default' });
    expect(first.children).toHaveLength(21);
    expect(first.children.at(-1)).toMatchObject({ type: 'coupon-campaign', input: { offset: 40 } });
    await jobs.runQueued();
    expect(await credits()).toEqual([{ credit_cents: 500, users: USERS }]);
  });

  it('changes nothing when it is started once more', async () => {
    for (let start = 0; start < 2; start++) {
      await jobs.run(couponCampaign, input, { tenant: 'default' });
      await jobs.runQueued();
    }
    expect(await credits()).toEqual([{ credit_cents: 500, users: USERS }]);
    expect(notified).toHaveLength(USERS);
  });

  it('leaves nobody out when it is stopped half-way and started again with bigger pages', async () => {
    await jobs.run(couponCampaign, input, { tenant: 'default' });
    // Only its first page is dealt with.
    jobs.queue.splice(1);
    await jobs.runQueued();
    await jobs.run(couponCampaign, { ...input, page_size: 50 }, { tenant: 'default' });
    await jobs.runQueued();
    expect(await credits()).toEqual([{ credit_cents: 500, users: USERS }]);
    expect(new Set(notified).size).toBe(USERS);
  });

  it.each([30, 2])(
    'reaches those who came since when it is started again, by pages of %i',
    async (page_size) => {
      await jobs.run(couponCampaign, { ...input, page_size }, { tenant: 'default' });
      await jobs.runQueued();
      await postgres.exec(
        `INSERT INTO example.users (tenant, email) VALUES ('default', 'eve@example.com'), ('default', 'bob@example.com')`,
      );
      await jobs.run(couponCampaign, { ...input, page_size }, { tenant: 'default' });
      await jobs.runQueued();
      expect(await credits()).toEqual([{ credit_cents: 500, users: USERS + 2 }]);
      expect(new Set(notified).size).toBe(USERS + 2);
    },
  );

  it('notifies after a failure only those who have not been', async () => {
    // The first time it fails.
    answer = (user) => (user === 27 && notified.filter((each) => each === 27).length === 1 ? 500 : 200);
    await jobs.run(couponCampaign, input, { tenant: 'default' });
    const [batch] = await jobs.runQueued();
    expect(batch?.groups.map(({ tries }) => tries)).toEqual([1, 2]);
    expect(notified.filter((user) => user === 27)).toHaveLength(2);
    expect(notified).toHaveLength(USERS + 1);
    expect(jobs.result('coupon-campaign:spring', 'default').counters.notified).toBe(USERS);
  });

  it.each(['nobody', 'gone'])(
    'fails at once, and enqueues nothing, for a tenant that is %s',
    async (tenant) => {
      const job = await jobs.run(couponCampaign, input, { tenant });
      expect(job).toMatchObject({ status: 'failed', children: [] });
      expect(job.groups[0]).toMatchObject({ tries: 1, error: `tenant ${tenant} is not active` });
    },
  );

  async function credits(): Promise<unknown[]> {
    const { rows } = await postgres.query(
      'SELECT credit_cents, count(*)::integer AS users FROM example.users GROUP BY credit_cents',
    );
    return rows;
  }
});
