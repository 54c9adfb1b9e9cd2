import { and, desc, eq, inArray, lt, or, sql } from 'drizzle-orm';
import { logActivity } from './blast-activity.js';
import { Database } from './database.js';
import { blasts } from './schema.js';

/** What one statement changes at most, so that nobody waits long for what it locks. */
const CANCELED_AT_A_TIME = 10_000;

export type StoredBlast = typeof blasts.$inferSelect;
export type NewBlast = typeof blasts.$inferInsert;
export type BlastChanges = Partial<
  Pick<
    NewBlast,
    'name' | 'rate' | 'parallelism' | 'killAt' | 'maxFailureRate' | 'times' | 'content' | 'channel'
  >
>;

/** How many recipients have which status. */
export type RecipientCounts = Record<string, number>;

/** A change of status, which happens if the blast is in one of these. */
export interface StatusChange {
  from: readonly string[];
  set: Partial<Pick<NewBlast, 'status' | 'reason' | 'detail' | 'retrying' | 'killAt'>>;
  /** A new run: its list is to be made again. */
  newRun?: boolean;
  /** Only if nothing was done to it since this was so. */
  changes?: number;
}

/** What there is to know of blasts, but for their recipients. */
export class Blasts {
  constructor(private readonly database: Database) {}

  /** The one that was there before, if there is one with this id. */
  async create(blast: NewBlast): Promise<{ blast: StoredBlast; created: boolean }> {
    const { orm } = this.database;
    const [created] = await orm.insert(blasts).values(blast).onConflictDoNothing().returning();
    if (created) return { blast: created, created: true };
    const [found] = await orm.select().from(blasts).where(eq(blasts.id, blast.id));
    if (!found) throw new Error('a blast was removed while it was created');
    return { blast: found, created: false };
  }

  async find(tenant: string, id: string): Promise<StoredBlast | undefined> {
    const [found] = await this.database.orm.select().from(blasts).where(ofTenant(tenant, id));
    return found;
  }

  /** How many of all tenants have which status. */
  async countByStatus(): Promise<Map<string, number>> {
    const rows = await this.database.orm
      .select({ status: blasts.status, count: sql<number>`count(*)::int` })
      .from(blasts)
      .groupBy(blasts.status);
    return new Map(rows.map(({ status, count }) => [status, count]));
  }

  /** The newest first, before this one. */
  async list(
    tenant: string,
    {
      statuses,
      before,
      limit,
    }: { statuses?: string[]; before?: { createdAt: Date; id: string }; limit: number },
  ): Promise<StoredBlast[]> {
    const older =
      before &&
      or(
        lt(blasts.createdAt, before.createdAt),
        and(eq(blasts.createdAt, before.createdAt), lt(blasts.id, before.id)),
      );
    return this.database.orm
      .select()
      .from(blasts)
      .where(and(eq(blasts.tenant, tenant), older, statuses && inArray(blasts.status, statuses)))
      .orderBy(desc(blasts.createdAt), desc(blasts.id))
      .limit(limit);
  }

  /** Undefined if it is in none of these statuses. */
  async change(
    tenant: string,
    id: string,
    from: readonly string[],
    set: BlastChanges,
  ): Promise<StoredBlast | undefined> {
    const where = and(ofTenant(tenant, id), inArray(blasts.status, [...from]));
    const [changed] = await this.database.orm
      .update(blasts)
      .set({ ...set, changes: sql`${blasts.changes} + 1` })
      .where(where)
      .returning();
    return changed;
  }

  /** Undefined if it is in none of these statuses. */
  async move(
    tenant: string,
    id: string,
    { from, set, newRun, changes }: StatusChange,
  ): Promise<StoredBlast | undefined> {
    const again = newRun && {
      ...{ run: sql`${blasts.run} + 1`, listedAt: null, endedAt: null, startedAt: sql`now()` },
    };
    const where = and(
      ofTenant(tenant, id),
      inArray(blasts.status, [...from]),
      changes === undefined ? undefined : eq(blasts.changes, changes),
    );
    const [moved] = await this.database.orm
      .update(blasts)
      .set({ ...set, ...again, changes: sql`${blasts.changes} + 1` })
      .where(where)
      .returning();
    return moved;
  }

  /** Ends a run whose rest was canceled; false if something is pending or being sent. */
  async end(id: string, run: number, from: readonly string[], status: string): Promise<boolean> {
    return this.database.orm.transaction(async (transaction) => {
      // Whoever makes somebody pending has locked it meanwhile, and only the next statement sees what they have done. No
      // stronger lock than that: one of the key would wait for uploads.
      await transaction.execute(sql`SELECT 1 FROM blasts WHERE id = ${id} FOR NO KEY UPDATE`);
      const { rowCount } = await transaction.execute(sql`
        UPDATE blasts SET status = ${status}, ended_at = now()
        WHERE id = ${id} AND run = ${run} AND status = ANY (${sql.param(from)}::text[]) AND NOT EXISTS (
          SELECT FROM blast_recipients WHERE blast = ${id} AND status IN ('pending', 'sending'))`);
      return rowCount === 1;
    });
  }

  /**
   * Some of those who would still get it are canceled, or uncertain again where they may have got it before; false once there
   * are none left.
   */
  async cancelPending(id: string): Promise<boolean> {
    const { rowCount } = await this.database.orm.execute(sql`
      WITH pending AS MATERIALIZED (
        SELECT seq, doubt FROM blast_recipients WHERE blast = ${id} AND status = 'pending' LIMIT ${CANCELED_AT_A_TIME} FOR UPDATE
      ), logged AS (${logActivity(sql`
        SELECT ${id}::uuid, seq, now(), 'canceled', NULL::smallint, NULL::integer, NULL FROM pending WHERE doubt IS NOT NULL`)})
      UPDATE blast_recipients SET ended_at = now(),
        status = CASE WHEN doubt IS NULL THEN 'canceled' ELSE 'uncertain' END,
        reason = coalesce(doubt, reason), code = CASE WHEN doubt IS NULL THEN code END
      WHERE blast = ${id} AND seq = ANY (ARRAY(SELECT seq FROM pending))`);
    return (rowCount ?? 0) > 0;
  }

  /** False if it is in none of these statuses. */
  async remove(tenant: string, id: string, from: readonly string[]): Promise<boolean> {
    const where = and(ofTenant(tenant, id), inArray(blasts.status, [...from]));
    const removed = await this.database.orm.delete(blasts).where(where).returning({ id: blasts.id });
    return removed.length > 0;
  }

  /** All of one moment, so that they always add up. */
  async counts(id: string): Promise<RecipientCounts> {
    const { rows } = await this.database.orm.execute<{ status: string; total: string }>(sql`
      SELECT status, count(*) AS total FROM blast_recipients WHERE blast = ${id} GROUP BY status`);
    return Object.fromEntries(rows.map(({ status, total }) => [status, Number(total)]));
  }

  /** Messages per second that end now, and when the last that is pending is due. */
  async progress(id: string): Promise<{ rate: number; lastMs?: number }> {
    const { rows } = await this.database.orm.execute<{ rate: number | null; last_ms: number | null }>(sql`
      SELECT (SELECT sum(ended / greatest(extract(epoch FROM seen_at - began_at), 0.5))::double precision
              FROM blast_lanes WHERE blast = ${id} AND ended > 0 AND seen_at > now() - interval '10 seconds') AS rate,
             (SELECT extract(epoch FROM send_at)::double precision * 1000 FROM blast_recipients
              WHERE blast = ${id} AND status = 'pending' ORDER BY send_at DESC LIMIT 1) AS last_ms`);
    const { rate, last_ms = null } = rows[0] ?? {};
    return { rate: rate ?? 0, ...(last_ms !== null && { lastMs: last_ms }) };
  }
}

function ofTenant(tenant: string, id: string) {
  return and(eq(blasts.tenant, tenant), eq(blasts.id, id));
}
