import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Accounts } from '../../examples/coupons/accounts.js';
import { Campaign } from '../../examples/coupons/campaign.js';
import { Inbox } from '../../examples/coupons/inbox.js';
import { WorkerKiller } from '../support/kill-workers.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { System } from '../support/system.js';

const USERS = 5_000;
const AMOUNT_CENTS = 500;
const GROUPS_AT_A_TIME = 4;
/** What a group has under way when its worker is killed. */
const NOTIFIED_AT_A_TIME = 25;
const KILLS = 4;
const SLOW_ANSWER_MS = 2_000;

describe('a campaign for 5,000 users', () => {
  let system: System;
  let accounts: Accounts;
  let inbox: Inbox;

  beforeAll(async () => {
    const workerEnv = { WORKER_JOB_GROUPS: String(GROUPS_AT_A_TIME) };
    [system, inbox] = await Promise.all([
      System.start({ workers: 2, database: true, workerEnv }),
      Inbox.open(),
    ]);
    accounts = await Accounts.connect(system.database?.url('timekeeper') ?? '', 'default');
    await accounts.seed(USERS);
  });

  afterAll(async () => {
    await accounts?.close();
    await inbox?.close();
    await system?.stop();
  });

  it('gives everybody one coupon, and counts exactly, though workers are killed at random', async () => {
    const name = 'killed';
    // So that there is work left until enough workers were killed.
    inbox.answerAfterMs = SLOW_ANSWER_MS;
    const campaign = await start(name, 'first');
    await waitUntil('the first are notified', () => inbox.requests > 0, { timeoutMs: 60_000 });
    const killer = new WorkerKiller(system.workers);
    await waitUntil('workers were killed while there was work', () => killer.kills >= KILLS, {
      timeoutMs: 120_000,
    });
    expect(inbox.notifications).toBeLessThan(USERS);
    inbox.answerAfterMs = 0;
    await waitUntil('everybody is notified', async () => (await campaign.totals()).notified >= USERS, {
      timeoutMs: 240_000,
    });
    await killer.stop();
    await waitUntil('every job is over', async () => !(await campaign.goesOn()), { timeoutMs: 60_000 });

    expect(await accounts.audit(name, AMOUNT_CENTS)).toEqual({
      ...{ users: USERS, coupons: USERS, notified: USERS, exact: USERS },
    });
    expect(await campaign.totals()).toEqual({ coupons: USERS, notified: USERS });
    expect(await campaign.troubles()).toEqual([]);
    expect(inbox.notifications).toBe(USERS);
    expect(inbox.repeated).toBeLessThanOrEqual(killer.kills * GROUPS_AT_A_TIME * NOTIFIED_AT_A_TIME);
  }, 480_000);

  it('gives nobody a second coupon when it is started once more', async () => {
    const before = inbox.requests;
    const campaign = await start('killed', 'second');
    const { children } = await waitUntil('its pages are enqueued', async () => {
      const job = await campaign.job();
      return job.status === 'succeeded' && job;
    });
    await waitUntil('every job is over', async () => !(await campaign.goesOn()), { timeoutMs: 60_000 });
    const enqueued = await Promise.all(children.ids.map((id) => campaign.job(id)));
    const batches = enqueued.filter(({ type }) => type === 'coupon-batch');
    expect(batches.length).toBeGreaterThan(0);
    // The batches that it enqueues had been started by the first; only what looks for further pages is its own.
    expect(batches.map(({ parent_id }) => parent_id)).not.toContain(campaign.jobId);
    expect(new Set(enqueued.map(({ status }) => status))).toEqual(new Set(['succeeded']));
    expect((await accounts.audit('killed', AMOUNT_CENTS)).exact).toBe(USERS);
    expect(await campaign.totals()).toEqual({ coupons: USERS, notified: USERS });
    expect(inbox.requests).toBe(before);
  });

  function start(name: string, idempotencyKey: string): Promise<Campaign> {
    const input = { campaign: name, notify_url: inbox.url, amount_cents: AMOUNT_CENTS, page_size: 100 };
    return Campaign.start({ url: system.server.url }, input, idempotencyKey);
  }
});
