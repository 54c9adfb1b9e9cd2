import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { BlastListing, storeRecipients } from './blast-listing.js';
import { BlastRecipients } from './blast-recipients.js';
import { BlastSending } from './blast-sending.js';
import { Blasts } from './blasts.js';
import type { Database } from './database.js';

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));
const COUNT = 3_000;
const HOLD = { resend: false, maxAttempts: 4 };
const RESEND = { resend: true, maxAttempts: 4 };

describe('the recipients of a blast', () => {
  const id = randomUUID();
  let postgres: PGlite;
  let database: Database;
  let blasts: Blasts;
  let sending: BlastSending;
  let listing: BlastListing;

  const holder = (lane: number, batch = 1, attempt = 1) => {
    return { blast: id, lane, batch, attempt, claim: randomUUID() };
  };

  beforeAll(async () => {
    postgres = await PGlite.create();
    const orm = drizzle({ client: postgres });
    await migrate(orm, { migrationsFolder: MIGRATIONS });
    const asNodePg = async (query: Parameters<typeof orm.execute>[0]) => {
      const { rows, affectedRows } = await orm.execute(query);
      return { rows, rowCount: affectedRows };
    };
    const transaction = (run: (of: object) => unknown) => run(database.orm);
    const execute = { execute: asNodePg, transaction };
    database = { orm: Object.assign(Object.create(orm) as object, execute) } as unknown as Database;
    [blasts, sending, listing] = [
      new Blasts(database),
      new BlastSending(database),
      new BlastListing(database),
    ];
  }, 60_000);
  afterAll(() => postgres.close());

  beforeEach(async () => {
    await postgres.exec('TRUNCATE blasts CASCADE');
    await postgres.query(
      `INSERT INTO blasts (id, tenant, name, channel, content, times, retry, parallelism, on_uncertain, status)
       VALUES ($1, 'default', 'test', 'email', '{}', '{}', '{}', 32, 'hold', 'running')`,
      [id],
    );
    // Every third address comes twice.
    const recipients = Array.from({ length: COUNT }, (_, index) => {
      const address = `person-${index % 3 === 2 ? index - 1 : index}@example.com`;
      return { address, dedupeKey: address, data: {}, timezone: null };
    });
    await storeRecipients(database.orm, id, recipients);
    await listing.learnSizes();
  });

  it('get the message once however often they are on the list', async () => {
    await listing.markDuplicates(id, undefined, () => undefined);
    expect(await blasts.counts(id)).toEqual({ pending: 2_000, duplicate: 1_000 });
  });

  it('are taken each by one lane, in their order, and recorded once', async () => {
    const lanes = [holder(0), holder(1)];
    for (const lane of lanes) await sending.takeLane(lane, HOLD);
    const taken = new Map<number, number>();
    const last = new Map<object, { seq: number; dueMs: number }>();
    for (let turn = 0; turn < 20; turn++) {
      for (const lane of lanes) {
        const recipients = await sending.claim(lane, 8, last.get(lane));
        expect(recipients).toHaveLength(8);
        for (const { seq } of recipients) taken.set(seq, (taken.get(seq) ?? 0) + 1);
        last.set(lane, recipients[7] as { seq: number; dueMs: number });
        const results = recipients.map(({ seq }) => ({ seq, status: 'sent' as const }));
        await sending.record(lane, results);
        await sending.record(lane, results);
      }
    }
    const seqs = [...taken.keys()];
    expect([...taken.values()].filter((times) => times > 1)).toEqual([]);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    expect(await blasts.counts(id)).toEqual({ pending: COUNT - 320, sent: 320 });
  });

  it('are uncertain when whoever had begun them is gone, who can take nothing any more, but say what was sent', async () => {
    const [lost, next] = [holder(0), holder(0, 1, 2)];
    await sending.takeLane(lost, HOLD);
    const [first] = await sending.claim(lost, 5);
    expect(await sending.takeLane(next, HOLD)).toBeDefined();
    expect(await sending.takeLane(lost, HOLD)).toBeUndefined();
    expect(await sending.claim(lost, 5)).toEqual([]);
    expect(await blasts.counts(id)).toEqual({ pending: COUNT - 5, uncertain: 5 });
    await sending.record(lost, [{ seq: first?.seq ?? 0, status: 'sent' }]);
    expect(await blasts.counts(id)).toEqual({ pending: COUNT - 5, uncertain: 4, sent: 1 });
  });

  /** Somebody who is sent to, and whose sender is lost. */
  const lose = async (attempt: number, policy = HOLD) => {
    await sending.takeLane(holder(0, 1, attempt), HOLD);
    const lost = holder(0, 1, attempt + 1);
    await sending.takeLane(lost, HOLD);
    const [first] = await sending.claim(lost, 1);
    await sending.takeLane(holder(0, 1, attempt + 2), policy);
    return first?.seq ?? 0;
  };
  const cancel = async () => {
    while (await blasts.cancelPending(id));
  };
  const recipient = async (seq: number) => {
    const { rows } = await postgres.query<{ status: string; reason: string | null; code: number | null }>(
      'SELECT status, reason, code FROM blast_recipients WHERE blast = $1 AND seq = $2',
      [id, seq],
    );
    return rows[0];
  };

  it('who were uncertain and were to get it again are uncertain again when it is canceled before', async () => {
    const seq = await lose(1);
    await new BlastRecipients(database).resolve(id, { seq, resend: true, ended: [] });
    expect(await recipient(seq)).toMatchObject({ status: 'pending', reason: null });
    await cancel();
    expect(await recipient(seq)).toEqual({ status: 'uncertain', reason: 'lost', code: null });
    expect(await blasts.counts(id)).toEqual({ canceled: COUNT - 1, uncertain: 1 });
  });

  it('who get it again by themselves after their sender was lost are uncertain when it is canceled before', async () => {
    const seq = await lose(1, RESEND);
    expect(await recipient(seq)).toMatchObject({ status: 'pending' });
    await cancel();
    expect(await recipient(seq)).toEqual({ status: 'uncertain', reason: 'lost', code: null });
  });

  it('who may have got it are uncertain when it is canceled, whatever was refused for a while since', async () => {
    const seq = await lose(1, RESEND);
    const next = holder(0, 2);
    await sending.takeLane(next, RESEND);
    await sending.claim(next, 2);
    const refused = { status: 'pending', code: 503, sendMs: 0 } as const;
    await sending.record(next, [
      { ...refused, seq },
      { ...refused, seq: seq + 1 },
    ]);
    await cancel();
    expect(await recipient(seq)).toEqual({ status: 'uncertain', reason: 'lost', code: null });
    expect(await recipient(seq + 1)).toEqual({ status: 'canceled', reason: null, code: 503 });
  });

  it('whom nobody answered are uncertain when it is canceled before they get it again', async () => {
    const lane = holder(0);
    await sending.takeLane(lane, RESEND);
    const [first] = await sending.claim(lane, 1);
    const seq = first?.seq ?? 0;
    await sending.record(lane, [{ seq, status: 'pending', reason: 'timeout', sendMs: 0, doubtful: true }]);
    await cancel();
    expect(await recipient(seq)).toEqual({ status: 'uncertain', reason: 'timeout', code: null });
  });

  it('who may have got it, and are not sent to any more, remain uncertain, but are sent or have failed by an answer', async () => {
    const outcomes = [
      [
        { status: 'skipped', reason: 'opted-out', uncounted: true },
        { status: 'uncertain', reason: 'lost' },
      ],
      [
        { status: 'failed', reason: 'template', uncounted: true },
        { status: 'uncertain', reason: 'lost' },
      ],
      [{ status: 'failed', code: 410 }, { status: 'failed' }],
      [{ status: 'sent', code: 200 }, { status: 'sent' }],
    ] as const;
    for (const [index, [outcome, then]] of outcomes.entries()) {
      const seq = await lose(1 + 3 * index, RESEND);
      const next = holder(0, 1, 4 + 3 * index);
      await sending.takeLane(next, RESEND);
      await sending.claim(next, 1);
      await sending.record(next, [{ seq, ...outcome }]);
      await sending.record(next, [{ seq, ...outcome }]);
      expect(await recipient(seq)).toMatchObject(then);
    }
  });

  it('who were skipped are so, though it took their sender long to say it', async () => {
    const lost = holder(0);
    await sending.takeLane(lost, HOLD);
    const [first] = await sending.claim(lost, 1);
    await sending.takeLane(holder(0, 1, 2), HOLD);
    const seq = first?.seq ?? 0;
    await sending.record(lost, [{ seq, status: 'skipped', reason: 'manual', uncounted: true }]);
    expect(await recipient(seq)).toMatchObject({ status: 'skipped', reason: 'manual' });
  });

  it('are taken no more once its kill_at is over, though nobody has ended it yet', async () => {
    const lane = holder(0);
    await sending.takeLane(lane, HOLD);
    expect(await sending.claim(lane, 5)).toHaveLength(5);
    await postgres.query(`UPDATE blasts SET kill_at = now() - interval '1 ms' WHERE id = $1`, [id]);
    expect(await sending.claim(lane, 5)).toEqual([]);
  });

  it('who have failed get it again while the list of a retry is made, and not by somebody who comes late', async () => {
    await postgres.query(`UPDATE blast_recipients SET status = 'failed' WHERE blast = $1`, [id]);
    expect(await listing.retryFailed(id, 0)).toBe(false);
    await postgres.query('UPDATE blasts SET run = 1, retrying = true WHERE id = $1', [id]);
    expect(await listing.retryFailed(id, 0)).toBe(false);
    expect(await listing.retryFailed(id, 1)).toBe(true);
    expect(await listing.retryFailed(id, 1)).toBe(false);
    expect(await blasts.counts(id)).toEqual({ pending: COUNT });
  });

  it('are known by all that was done about them, and of what was not attempted there is nothing to know', async () => {
    const recipients = new BlastRecipients(database);
    const seq = await lose(1, RESEND);
    const attempt = async (batch: number, result: object) => {
      const lane = holder(0, batch);
      await sending.takeLane(lane, RESEND);
      const claimed = await sending.claim(lane, 1);
      expect(claimed.map((each) => each.seq)).toEqual([seq]);
      const outcome = { seq, status: 'pending' as const, sendMs: 0, ...result };
      await sending.record(lane, [outcome]);
      await sending.record(lane, [outcome]);
    };
    await attempt(2, { uncounted: true, reason: 'connect' });
    await attempt(3, { code: 451, reason: '451 later' });
    await attempt(4, { reason: 'timeout', doubtful: true });
    await attempt(5, { status: 'failed', code: 550, reason: '550 no' });
    await postgres.query('UPDATE blasts SET run = 1, retrying = true WHERE id = $1', [id]);
    expect(await listing.retryFailed(id, 1)).toBe(true);
    await attempt(6, { status: 'uncertain', reason: 'timeout' });
    await recipients.resolve(id, { seq, resend: true, ended: [] });
    await attempt(7, { status: 'uncertain', reason: 'lost' });
    await recipients.resolve(id, { seq, resend: false, ended: [] });
    const known = async (of: number, limit = 100) => (await recipients.activity(id, of, limit))?.entries;
    const all = (await known(seq)) ?? [];
    expect(all.map(({ event, attempt: n, code, reason }) => [event, n, code, reason])).toEqual([
      ['uncertain', 1, null, 'lost'],
      ['deferred', 2, 451, '451 later'],
      ['uncertain', 3, null, 'timeout'],
      ['failed', 4, 550, '550 no'],
      ['retried', null, null, null],
      ['uncertain', 1, null, 'timeout'],
      ['resolved-resend', null, null, null],
      ['uncertain', 1, null, 'lost'],
      ['resolved-sent', null, null, null],
    ]);
    expect(await known(seq, 2)).toEqual(all.slice(-2));
    expect(await known(seq + 1)).toEqual([]);
    await blasts.remove('default', id, ['running']);
    expect(await known(seq)).toBeUndefined();
    expect((await postgres.query('SELECT FROM blast_activity')).rows).toEqual([]);
  });

  it('who remain uncertain are known by why they were not attempted again, once, whatever is decided then', async () => {
    const recipients = new BlastRecipients(database);
    const events = async (of: number) =>
      (await recipients.activity(id, of, 100))?.entries.map(({ event, attempt, reason }) => [
        ...[event, attempt, reason],
      ]);
    const seq = await lose(1, RESEND);
    const lane = holder(0, 2);
    await sending.takeLane(lane, RESEND);
    await sending.claim(lane, 1);
    await sending.record(lane, [{ seq, status: 'skipped', reason: 'opted-out', uncounted: true }]);
    const optedOut = [
      ['uncertain', 1, 'lost'],
      ['skipped', null, 'opted-out'],
    ];
    expect(await events(seq)).toEqual(optedOut);
    await recipients.resolve(id, { seq, resend: true, ended: [] });
    expect(await events(seq)).toEqual([...optedOut, ['resolved-resend', null, null]]);
    await cancel();
    expect((await recipients.activity(id, seq, 1))?.entries).toMatchObject([{ event: 'canceled' }]);
    expect(await recipient(seq)).toMatchObject({ status: 'uncertain' });
  });

  it('keep the blast from its end as long as one of them is pending', async () => {
    await postgres.query(`UPDATE blast_recipients SET status = 'sent' WHERE blast = $1`, [id]);
    await postgres.query(
      `UPDATE blast_recipients SET status = 'pending' WHERE blast = $1 AND seq = (SELECT max(seq) FROM blast_recipients)`,
      [id],
    );
    expect(await blasts.end(id, 0, ['running'], 'finished')).toBe(false);
    await blasts.cancelPending(id);
    expect(await blasts.end(id, 0, ['running'], 'finished')).toBe(true);
  });

  it('who have failed are known in all lanes, over all batches since something was done to the blast', async () => {
    const note = (lane: ReturnType<typeof holder>, sent: number, failed: number, changes = 0) =>
      sending.noteProgress(lane, sent + failed, { changes, sent, failed });
    const others = async (lane: number) => (await sending.pace(id, lane))?.others;
    const [first, second] = [holder(0), holder(1)];
    for (const lane of [first, second])
      expect(await sending.takeLane(lane, HOLD)).toEqual({ changes: 0, sent: 0, failed: 0 });
    await note(first, 3, 4);
    await note(second, 1, 2);
    expect(await others(0)).toEqual({ sent: 1, failed: 2 });
    expect(await others(2)).toEqual({ sent: 4, failed: 6 });

    // Neither the next batch nor the end of all makes it forgotten, and who has lost the lane says nothing any more.
    const next = holder(0, 2);
    expect(await sending.takeLane(next, HOLD)).toEqual({ changes: 0, sent: 3, failed: 4 });
    await note(first, 0, 100);
    await sending.closeLanes(id, HOLD);
    expect(await others(1)).toEqual({ sent: 3, failed: 4 });

    await blasts.change('default', id, ['running'], { rate: 7 });
    expect(await sending.pace(id, 1)).toMatchObject({ rate: 7, changes: 1, others: { sent: 0, failed: 0 } });
    expect(await sending.takeLane(holder(0, 3), HOLD)).toEqual({ changes: 1, sent: 0, failed: 0 });
  });

  it('pause by their failures only what nobody has done anything to since', async () => {
    const pause = { from: ['running'], set: { status: 'paused' } };
    await blasts.change('default', id, ['running'], { rate: 7 });
    expect(await blasts.move('default', id, { ...pause, changes: 0 })).toBeUndefined();
    expect(await blasts.move('default', id, { ...pause, changes: 1 })).toMatchObject({ status: 'paused' });
  });

  it('are looked up by their numbers, not by going through the blast', async () => {
    const { rows } = await postgres.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN UPDATE blast_recipients SET status = 'sending'
       WHERE blast = $1 AND seq = ANY (ARRAY(SELECT generate_series(1, 8)))`,
      [id],
    );
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('blast_recipients_pkey');
  });
});
