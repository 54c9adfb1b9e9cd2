import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm';
import { Database } from './database.js';
import { suppressions } from './schema.js';

export type StoredSuppression = typeof suppressions.$inferSelect;

export interface Suppression {
  tenant: string;
  /** Normalized. */
  address: string;
  reason: StoredSuppression['reason'];
  /** What is known of it, such as what a mail server said. */
  detail: string | null;
  /** Now, if absent. */
  createdAt?: Date;
}

/** Addresses that a tenant sends nothing to. */
export class Suppressions {
  constructor(private readonly database: Database) {}

  /** Why each of these gets nothing; those that may be written to are not in it. */
  async reasonsFor(
    tenant: string,
    addresses: readonly string[],
  ): Promise<Map<string, Suppression['reason']>> {
    if (addresses.length === 0) return new Map();
    const rows = await this.database.orm
      .select({ address: suppressions.address, reason: suppressions.reason })
      .from(suppressions)
      .where(and(eq(suppressions.tenant, tenant), inArray(suppressions.address, [...addresses])));
    return new Map(rows.map(({ address, reason }) => [address, reason]));
  }

  /**
   * What an address was put on the list for first stays, but for a bounce: see `optOut`. False if it was there and is as it
   * was.
   */
  async add(suppression: Suppression): Promise<boolean> {
    return (await this.addAll([suppression])) > 0;
  }

  /** The same for many: how many were not there, or took the place of a bounce. */
  async addAll(added: readonly Suppression[]): Promise<number> {
    if (added.length === 0) return 0;
    const column = <T>(valueOf: (each: Suppression) => T) => sql.param(added.map(valueOf));
    // In columns: a parameter for each value would be thousands.
    const { rowCount } = await this.database.orm.execute(sql`
      INSERT INTO suppressions (tenant, address, reason, detail, created_at)
      SELECT DISTINCT ON (tenant, address) tenant, address, reason, detail, coalesce(created_at, now())
      FROM unnest(
        ${column(({ tenant }) => tenant)}::text[],
        ${column(({ address }) => address)}::text[],
        ${column(({ reason }) => reason)}::text[],
        ${column(({ detail }) => detail)}::text[],
        ${column(({ createdAt }) => createdAt?.toISOString() ?? null)}::timestamptz[]
      ) WITH ORDINALITY AS added (tenant, address, reason, detail, created_at, place)
      ORDER BY tenant, address, reason = 'bounced', place
      ON CONFLICT (tenant, address) DO UPDATE
      SET reason = EXCLUDED.reason, detail = EXCLUDED.detail, created_at = EXCLUDED.created_at
      WHERE suppressions.reason = 'bounced' AND EXCLUDED.reason IN ('opted-out', 'complained')`);
    return rowCount ?? 0;
  }

  /**
   * Its owner wants nothing any more. That takes the place of a bounce, which is learned again when it matters: whoever
   * takes a bounce off the list must not take that off with it.
   */
  async optOut(tenant: string, address: string, detail: string): Promise<void> {
    const reason = 'opted-out' as const;
    await this.database.orm
      .insert(suppressions)
      .values({ tenant, address, reason, detail })
      .onConflictDoUpdate({
        target: [suppressions.tenant, suppressions.address],
        set: { reason, detail, createdAt: sql`now()` },
        setWhere: eq(suppressions.reason, 'bounced'),
      });
  }

  async find(tenant: string, address: string): Promise<StoredSuppression | undefined> {
    const [found] = await this.database.orm.select().from(suppressions).where(ofAddress(tenant, address));
    return found;
  }

  /** By address, after this one. */
  async list(
    tenant: string,
    { reason, after = '', limit }: { reason?: Suppression['reason']; after?: string; limit: number },
  ): Promise<StoredSuppression[]> {
    const wanted = reason && eq(suppressions.reason, reason);
    return this.database.orm
      .select()
      .from(suppressions)
      .where(and(eq(suppressions.tenant, tenant), gt(suppressions.address, after), wanted))
      .orderBy(asc(suppressions.address))
      .limit(limit);
  }

  /** Takes it off the list, if it is on it, and for this reason where one is given. False if it was not. */
  async remove(tenant: string, address: string, reason?: Suppression['reason']): Promise<boolean> {
    const removed = await this.database.orm
      .delete(suppressions)
      .where(and(ofAddress(tenant, address), reason && eq(suppressions.reason, reason)))
      .returning({ address: suppressions.address });
    return removed.length > 0;
  }
}

function ofAddress(tenant: string, address: string) {
  return and(eq(suppressions.tenant, tenant), eq(suppressions.address, address));
}
