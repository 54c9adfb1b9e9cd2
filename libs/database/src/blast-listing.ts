import { sql } from 'drizzle-orm';
import { endAndDecision, logActivity } from './blast-activity.js';
import { Database } from './database.js';

/** A recipient who is to be stored. */
export interface NewRecipient {
  address: string | null;
  dedupeKey: string | null;
  data: Record<string, unknown>;
  timezone: string | null;
}

type Executor = Pick<Database['orm'], 'execute'>;

/** Rows that one statement changes: the next one comes soon, and others get their turn. */
const AT_A_TIME = 10_000;
/** Recipients that are compared at once, so that a million need not be sorted in one go. */
const COMPARED = 200_000;

/** So many of the parts in which recipients are compared are done. */
export interface ComparedParts {
  done: number;
  of: number;
}

/** Stores recipients in the order in which they come. */
export async function storeRecipients(
  executor: Executor,
  blast: string,
  recipients: readonly NewRecipient[],
): Promise<void> {
  if (recipients.length === 0) return;
  const column = (read: (recipient: NewRecipient) => string | null) => sql.param(recipients.map(read));
  await executor.execute(sql`
    INSERT INTO blast_recipients (blast, address, dedupe_key, data, timezone)
    SELECT ${blast}::uuid, address, dedupe_key, data::jsonb, timezone
    FROM unnest(
      ${column(({ address }) => address)}::text[], ${column(({ dedupeKey }) => dedupeKey)}::text[],
      ${column(({ data }) => JSON.stringify(data))}::text[], ${column(({ timezone }) => timezone)}::text[]
    ) WITH ORDINALITY AS given (address, dedupe_key, data, timezone, place)
    ORDER BY place`);
}

/**
 * Makes the list of a blast. Every step may be repeated, and goes on where it stood. Rows are named by `seq = ANY (ARRAY(…))`
 * rather than by a join: of a table that has just been filled the planner knows nothing, and would compare all with all.
 */
export class BlastListing {
  constructor(private readonly database: Database) {}

  /** False if the blast is not to be listed any more. */
  async begin(blast: string, run: number): Promise<boolean> {
    const { rowCount } = await this.database.orm.execute(sql`
      UPDATE blasts SET status = 'listing', reason = NULL, detail = NULL, listed_at = NULL,
        started_at = coalesce(started_at, now())
      WHERE id = ${blast} AND run = ${run} AND status IN ('scheduled', 'listing')`);
    return rowCount === 1;
  }

  /** A page of recipients, and where the next one is, at once; false if that page is there already. */
  async storePage(
    blast: string,
    page: { number: number; recipients: readonly NewRecipient[]; next: string | null },
  ): Promise<boolean> {
    return this.database.orm.transaction(async (transaction) => {
      const { rowCount } = await transaction.execute(sql`
        UPDATE blasts SET source = source || jsonb_build_object('next', ${page.next}::text, 'pages', ${page.number}::integer)
        WHERE id = ${blast} AND (source ->> 'pages')::integer = ${page.number} - 1`);
      if (rowCount !== 1) return false;
      await storeRecipients(transaction, blast, page.recipients);
      return true;
    });
  }

  /**
   * Has the planner learn how many there are. Of a table that has just been filled it knows nothing, takes a blast for a
   * handful of rows, and goes through all of them wherever it is to look up a few.
   */
  async learnSizes(): Promise<void> {
    await this.database.orm.execute(sql`ANALYZE blast_recipients`);
  }

  /**
   * Some of those who have failed get it again; false once there are none left, or the list is made: whoever wakes up
   * late must not send again to those who have failed since.
   */
  async retryFailed(blast: string, run: number): Promise<boolean> {
    const { rowCount } = await this.database.orm.execute(sql`
      WITH listed AS MATERIALIZED (
        SELECT 1 FROM blasts WHERE id = ${blast} AND run = ${run} AND retrying FOR SHARE
      ), failed AS MATERIALIZED (
        SELECT seq, attempts, code, reason, ended_at FROM blast_recipients
        WHERE blast = ${blast} AND status = 'failed' AND EXISTS (SELECT FROM listed) LIMIT ${AT_A_TIME} FOR UPDATE
      ), logged AS (${logActivity(endAndDecision(blast, sql`failed`, 'failed', 'retried'))})
      UPDATE blast_recipients
      SET status = 'pending', attempts = 0, code = NULL, reason = NULL, ended_at = NULL, send_at = 'epoch'
      WHERE blast = ${blast} AND seq = ANY (ARRAY(SELECT seq FROM failed))`);
    return (rowCount ?? 0) > 0;
  }

  /**
   * Of recipients with the same key all but the first become duplicates, part by part; `onPart` hears how many parts are
   * done. Given that, it goes on from there.
   */
  async markDuplicates(
    blast: string,
    compared: ComparedParts | undefined,
    onPart: (parts: ComparedParts) => void,
  ): Promise<void> {
    const { done, of } = compared ?? { done: 0, of: await this.partsOf(blast) };
    for (let part = done; part < of; part++) {
      await this.database.orm.execute(sql`
        UPDATE blast_recipients SET status = 'duplicate', ended_at = now()
        WHERE blast = ${blast} AND status = 'pending' AND seq = ANY (ARRAY(
          SELECT seq FROM (
            SELECT seq, row_number() OVER (PARTITION BY dedupe_key ORDER BY seq) AS place FROM blast_recipients
            WHERE blast = ${blast} AND dedupe_key IS NOT NULL
              AND mod(abs(hashtext(dedupe_key)::bigint), ${of}) = ${part}
          ) AS same WHERE place > 1
        ))`);
      onPart({ done: part + 1, of });
    }
  }

  /** The time zones of those who are to get it; null is that of the blast. */
  async zones(blast: string): Promise<(string | null)[]> {
    const { rows } = await this.database.orm.execute<{ timezone: string | null }>(sql`
      SELECT DISTINCT timezone FROM blast_recipients WHERE blast = ${blast} AND status = 'pending'`);
    return rows.map(({ timezone }) => timezone);
  }

  /** When each gets it, by time zone, in the order of their numbers from `after` on; `onPart` hears of the last that has. */
  async setTimes(
    blast: string,
    times: Map<string | null, number>,
    after: number,
    onPart: (last: number) => void,
  ): Promise<void> {
    const zones = sql.param([...times.keys()].map((zone) => zone ?? ''));
    const sendMs = sql.param([...times.values()]);
    for (let last = after; ;) {
      const { rows } = await this.database.orm.execute<{ last: string | null }>(sql`
        WITH part AS (
          SELECT seq, coalesce(timezone, '') AS zone FROM blast_recipients
          WHERE blast = ${blast} AND seq > ${last} AND status = 'pending' ORDER BY seq LIMIT ${AT_A_TIME}
        ), changed AS (
          UPDATE blast_recipients AS r SET send_at = to_timestamp(of_zone.send_ms / 1000)
          FROM part JOIN unnest(${zones}::text[], ${sendMs}::double precision[]) AS of_zone (zone, send_ms) USING (zone)
          WHERE r.blast = ${blast} AND r.seq = part.seq AND r.seq = ANY (ARRAY(SELECT seq FROM part))
            AND r.status = 'pending' AND r.attempts = 0
        )
        SELECT max(seq) AS last FROM part`);
      last = Number(rows[0]?.last ?? 0);
      if (last === 0) return;
      onPart(last);
    }
  }

  /** The list is made. */
  async end(blast: string, run: number): Promise<void> {
    await this.database.orm.execute(sql`
      UPDATE blasts SET listed_at = now(), retrying = false,
        status = CASE WHEN status = 'listing' THEN 'running' ELSE status END
      WHERE id = ${blast} AND run = ${run} AND listed_at IS NULL`);
  }

  async isSenderActive(tenant: string): Promise<boolean> {
    const { rows } = await this.database.orm.execute<{ active: boolean }>(sql`
      SELECT disabled_at IS NULL AS active FROM tenants WHERE id = ${tenant}`);
    return rows[0]?.active ?? false;
  }

  private async partsOf(blast: string): Promise<number> {
    const { rows } = await this.database.orm.execute<{ total: string }>(sql`
      SELECT count(*) AS total FROM blast_recipients WHERE blast = ${blast} AND status = 'pending'`);
    return Math.max(1, Math.ceil(Number(rows[0]?.total ?? 0) / COMPARED));
  }
}
