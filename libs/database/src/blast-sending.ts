import { sql } from 'drizzle-orm';
import { logActivity } from './blast-activity.js';
import { Database } from './database.js';

/** What one statement changes at most, so that nobody waits long for what it locks. */
const POSTPONED_AT_A_TIME = 5_000;

/** Who sends for a lane of a blast. Of two with the same lane the one with the greater numbers is the later. */
export interface LaneHolder {
  blast: string;
  lane: number;
  batch: number;
  attempt: number;
  /** UUID of this attempt alone. */
  claim: string;
}

/** A recipient who is to get the message now. */
export interface ClaimedRecipient {
  seq: number;
  address: string | null;
  data: Record<string, unknown>;
  timezone: string | null;
  /** With this one. */
  attempts: number;
  /** When it was due, ms since the epoch. */
  dueMs: number;
}

/** What came of a recipient that was claimed. */
export interface RecipientResult {
  seq: number;
  status: 'pending' | 'sent' | 'failed' | 'skipped' | 'uncertain';
  code?: number;
  reason?: string;
  /** Of one that is pending again: not before, ms since the epoch. */
  sendMs?: number;
  /** Nothing was attempted. */
  uncounted?: boolean;
  /** Of one that is pending again: nobody knows whether it was taken. */
  doubtful?: boolean;
}

/** What may change while a blast runs. */
export interface BlastPace {
  status: string;
  /** Messages begun per second; null is any number. */
  rate: number | null;
  parallelism: number;
  /** Of those that have ended, the part that may have failed; null is any. */
  maxFailureRate: number | null;
  /** Nothing is begun from then on, ms since the epoch; null if it is not killed. */
  killMs: number | null;
  /** Whether its tenant is not disabled. */
  senderActive: boolean;
  /** Digest of what it sends. */
  content: string;
  /** Counts what was done to the blast. */
  changes: number;
  /** How many were sent and have failed since, in all lanes but one. */
  others: { sent: number; failed: number };
}

/** How many were sent and have failed in a lane since `blasts.changes` came to this. */
export interface LaneTally {
  changes: number;
  sent: number;
  failed: number;
}

/** What becomes of messages whose sender was lost. */
export interface LostPolicy {
  resend: boolean;
  /** One that was begun so often is not sent again. */
  maxAttempts: number;
}

/**
 * Takes recipients of blasts and records what came of them. Rows are named by `seq = ANY (…)` rather than by a join alone: of a
 * table that has just been filled the planner knows nothing, and would go through all of a blast each time.
 */
export class BlastSending {
  constructor(private readonly database: Database) {}

  /** As whoever sends in this lane has to know it; undefined if the blast is gone. */
  async pace(blast: string, lane: number): Promise<BlastPace | undefined> {
    const { rows } = await this.database.orm.execute<PaceRow>(sql`
      SELECT status, rate, parallelism, max_failure_rate, blasts.changes, md5(content::text) AS content,
        NOT EXISTS (SELECT FROM tenants WHERE tenants.id = tenant AND disabled_at IS NOT NULL) AS sender_active,
        extract(epoch FROM kill_at)::double precision * 1000 AS kill_ms,
        coalesce(sum(sent), 0)::integer AS sent, coalesce(sum(failed), 0)::integer AS failed
      FROM blasts LEFT JOIN blast_lanes ON blast = id AND lane <> ${lane} AND blast_lanes.changes = blasts.changes
      WHERE id = ${blast} GROUP BY id`);
    if (!rows[0]) return undefined;
    const { max_failure_rate, kill_ms, sender_active, sent, failed, ...pace } = rows[0];
    return {
      ...{ ...pace, maxFailureRate: max_failure_rate, killMs: kill_ms, senderActive: sender_active },
      others: { sent, failed },
    };
  }

  /**
   * Takes the lane over: whoever had it can claim nothing any more, and what they had begun is sorted out. How many were
   * sent and have failed in it so far; undefined if a later one has it already.
   */
  async takeLane(holder: LaneHolder, lost: LostPolicy): Promise<LaneTally | undefined> {
    const { blast, lane, batch, attempt, claim } = holder;
    return this.database.orm.transaction(async (transaction) => {
      const { rows: before } = await transaction.execute<{ claim: string }>(sql`
        SELECT claim FROM blast_lanes WHERE blast = ${blast} AND lane = ${lane} FOR UPDATE`);
      const isSame = sql`(blast_lanes.changes = EXCLUDED.changes)::integer`;
      const { rows: taken } = await transaction.execute<LaneTally & Record<string, unknown>>(sql`
        INSERT INTO blast_lanes (blast, lane, batch, attempt, claim, changes, began_at, seen_at)
        SELECT id, ${lane}::integer, ${batch}::bigint, ${attempt}::integer, ${claim}::uuid, changes, now(), now()
        FROM blasts WHERE id = ${blast}
        ON CONFLICT (blast, lane) DO UPDATE SET batch = EXCLUDED.batch, attempt = EXCLUDED.attempt,
          claim = EXCLUDED.claim, ended = 0, began_at = now(), seen_at = now(), changes = EXCLUDED.changes,
          sent = blast_lanes.sent * ${isSame}, failed = blast_lanes.failed * ${isSame}
        WHERE (blast_lanes.batch, blast_lanes.attempt) < (EXCLUDED.batch, EXCLUDED.attempt)
          OR blast_lanes.claim = EXCLUDED.claim
        RETURNING changes, sent, failed`);
      if (!taken[0]) return undefined;
      const previous = before[0]?.claim;
      if (previous !== undefined && previous !== claim) {
        await transaction.execute(settleLost(blast, sql`claim = ${previous}`, lost));
      }
      return taken[0];
    });
  }

  /** Takes all lanes away from whoever has them: later batches may have them again. */
  async closeLanes(blast: string, lost: LostPolicy): Promise<void> {
    await this.database.orm.transaction(async (transaction) => {
      await transaction.execute(sql`
        UPDATE blast_lanes SET attempt = 2147483647, claim = gen_random_uuid(), ended = 0 WHERE blast = ${blast}`);
      await transaction.execute(settleLost(blast, sql`true`, lost));
    });
  }

  /**
   * Takes so many recipients who are due, while the blast runs, its `kill_at` is not over, and the lane is the holder's.
   * From here on they are `sending`, whatever becomes of the holder. Given the last that it took before, only those after
   * that are looked at: what was taken has left marks in the index, and to pass all of them each time is slow.
   */
  async claim(
    { blast, lane, claim }: LaneHolder,
    limit: number,
    after?: Pick<ClaimedRecipient, 'dueMs' | 'seq'>,
  ): Promise<ClaimedRecipient[]> {
    const isAfter = after
      ? sql`(send_at, seq) > (to_timestamp(${after.dueMs}::double precision / 1000)::timestamptz(3), ${after.seq}::bigint)`
      : sql`true`;
    const { rows } = await this.database.orm.execute<ClaimedRow>(sql`
      WITH allowed AS MATERIALIZED (
        SELECT 1 FROM blast_lanes JOIN blasts ON blasts.id = blast_lanes.blast
        WHERE blast_lanes.blast = ${blast} AND lane = ${lane} AND claim = ${claim} AND blasts.status = 'running'
          AND (blasts.kill_at IS NULL OR blasts.kill_at > now())
        FOR SHARE OF blast_lanes
      ), due AS MATERIALIZED (
        SELECT seq FROM blast_recipients
        WHERE blast = ${blast} AND status = 'pending' AND send_at <= now() AND EXISTS (SELECT FROM allowed)
          AND ${isAfter}
        ORDER BY send_at, seq LIMIT ${limit} FOR UPDATE SKIP LOCKED
      )
      UPDATE blast_recipients SET status = 'sending', claim = ${claim}, attempts = attempts + 1
      WHERE blast = ${blast} AND seq = ANY (ARRAY(SELECT seq FROM due))
      RETURNING seq, address, data, timezone, attempts,
        extract(epoch FROM send_at)::double precision * 1000 AS due_ms`);
    return rows
      .map(({ due_ms, ...row }) => ({ ...row, seq: Number(row.seq), dueMs: Math.round(due_ms) }))
      .sort((one, other) => one.dueMs - other.dueMs || one.seq - other.seq);
  }

  /** Gives back what was claimed without its claimer having heard of it: all but these. */
  async releaseUnknown({ blast, claim }: LaneHolder, known: readonly number[]): Promise<void> {
    await this.database.orm.execute(sql`
      UPDATE blast_recipients SET status = 'pending', attempts = attempts - 1
      WHERE blast = ${blast} AND status = 'sending' AND claim = ${claim}
        AND seq <> ALL (${sql.param(known)}::bigint[])`);
  }

  /**
   * Records what came of recipients, as often as it is asked to. What was sorted out meanwhile is as its claimer says,
   * if the claimer knows how it ended. Who may have got it before, and is not attempted any more, remains uncertain.
   */
  async record({ blast, claim }: Pick<LaneHolder, 'blast' | 'claim'>, results: readonly RecipientResult[]) {
    const column = <T>(read: (result: RecipientResult) => T) => sql.param(results.map(read));
    const remains = sql`r.doubt IS NOT NULL AND o.uncounted = 1 AND o.status IN ('failed', 'skipped')`;
    const update = sql`
      UPDATE blast_recipients AS r SET
        status = CASE WHEN ${remains} THEN 'uncertain' ELSE o.status END,
        code = o.code, reason = CASE WHEN ${remains} THEN r.doubt ELSE o.reason END,
        doubt = CASE WHEN o.status = 'sent' THEN NULL WHEN o.doubtful THEN coalesce(o.reason, 'unknown') ELSE r.doubt END,
        attempts = r.attempts - o.uncounted,
        send_at = coalesce(to_timestamp(o.send_ms / 1000.0), r.send_at),
        ended_at = CASE WHEN o.status = 'pending' THEN NULL ELSE now() END
      FROM unnest(
        ${column(({ seq }) => seq)}::bigint[], ${column(({ status }) => status)}::text[],
        ${column(({ code }) => code ?? null)}::integer[], ${column(({ reason }) => reason ?? null)}::text[],
        ${column(({ sendMs }) => sendMs ?? null)}::double precision[],
        ${column(({ uncounted }) => (uncounted ? 1 : 0))}::integer[],
        ${column(({ doubtful }) => doubtful ?? false)}::boolean[]
      ) AS o (seq, status, code, reason, send_ms, uncounted, doubtful)
      WHERE r.blast = ${blast} AND r.seq = o.seq AND r.seq = ANY (${column(({ seq }) => seq)}::bigint[])
        AND r.claim = ${claim}
        AND (r.status = 'sending' OR (r.status = 'uncertain' AND o.status IN ('sent', 'failed', 'skipped') AND NOT (${remains})))
      RETURNING r.seq, r.status, r.attempts, o.status AS outcome, o.code, o.reason, o.uncounted, o.doubtful`;
    await this.database.orm.execute(sql`
      WITH recorded AS (${update})
      ${logActivity(sql`
        SELECT ${blast}::uuid, seq, now(),
          CASE WHEN outcome <> 'pending' THEN outcome WHEN doubtful THEN 'uncertain' ELSE 'deferred' END,
          CASE WHEN outcome = 'pending' THEN attempts END, code, reason
        FROM recorded
        WHERE (outcome = 'pending' AND uncounted = 0) OR (status = 'uncertain' AND outcome <> 'uncertain')`)}`);
  }

  /** That so many messages have ended in this batch by now, and what has become of all in the lane. */
  async noteProgress(
    { blast, lane, claim }: LaneHolder,
    ended: number,
    { changes, sent, failed }: LaneTally,
  ): Promise<void> {
    await this.database.orm.execute(sql`
      UPDATE blast_lanes SET ended = ${ended}, changes = ${changes}, sent = ${sent}, failed = ${failed}, seen_at = now()
      WHERE blast = ${blast} AND lane = ${lane} AND claim = ${claim}`);
  }

  /** Some of those of a time zone who are due get their message from then on. */
  async postponeZone(blast: string, timezone: string | null, sendMs: number): Promise<void> {
    await this.database.orm.execute(sql`
      WITH due AS MATERIALIZED (
        SELECT seq FROM blast_recipients
        WHERE blast = ${blast} AND status = 'pending' AND send_at <= now() AND timezone IS NOT DISTINCT FROM ${timezone}
        ORDER BY send_at, seq LIMIT ${POSTPONED_AT_A_TIME} FOR UPDATE SKIP LOCKED
      )
      UPDATE blast_recipients SET send_at = to_timestamp(${sendMs}::double precision / 1000)
      WHERE blast = ${blast} AND seq = ANY (ARRAY(SELECT seq FROM due))`);
  }

  /** In how many ms the first of those who are pending is due, by the database's clock, and whether any are being sent. */
  async ahead(blast: string): Promise<{ dueInMs?: number; sending: boolean }> {
    const { rows } = await this.database.orm.execute<{ due_in_ms: number | null; sending: boolean }>(sql`
      SELECT (SELECT extract(epoch FROM send_at - now())::double precision * 1000 FROM blast_recipients
              WHERE blast = ${blast} AND status = 'pending' ORDER BY send_at LIMIT 1) AS due_in_ms,
             EXISTS (SELECT FROM blast_recipients WHERE blast = ${blast} AND status = 'sending') AS sending`);
    const { due_in_ms = null, sending = false } = rows[0] ?? {};
    return { ...(due_in_ms !== null && { dueInMs: due_in_ms }), sending };
  }
}

interface PaceRow
  extends Omit<BlastPace, 'maxFailureRate' | 'killMs' | 'senderActive' | 'others'>, Record<string, unknown> {
  sender_active: boolean;
  max_failure_rate: number | null;
  kill_ms: number | null;
  sent: number;
  failed: number;
}

interface ClaimedRow extends Omit<ClaimedRecipient, 'dueMs'>, Record<string, unknown> {
  due_ms: number;
}

function settleLost(blast: string, whose: ReturnType<typeof sql>, { resend, maxAttempts }: LostPolicy) {
  const again = sql`${resend}::boolean AND attempts < ${maxAttempts}`;
  return sql`
    WITH lost AS (
      UPDATE blast_recipients SET reason = 'lost',
        status = CASE WHEN ${again} THEN 'pending' ELSE 'uncertain' END,
        doubt = CASE WHEN ${again} THEN 'lost' ELSE doubt END,
        ended_at = CASE WHEN ${again} THEN NULL ELSE now() END
      WHERE blast = ${blast} AND status = 'sending' AND ${whose}
      RETURNING seq, status, attempts
    )
    ${logActivity(sql`
      SELECT ${blast}::uuid, seq, now(), 'uncertain', attempts, NULL::integer, 'lost' FROM lost WHERE status = 'pending'`)}`;
}
