import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm';
import { Database } from './database.js';
import { resultContributions, resultItems, results } from './schema.js';

/** What is added to a result at a time. */
export interface ResultAmounts {
  counters?: Record<string, number>;
  lists?: Record<string, readonly unknown[]>;
}

export interface StoredResult {
  name: string;
  counters: Record<string, number>;
  /** Items that each list has. */
  lists: Record<string, number>;
  /** How often something was added. */
  contributions: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface ResultItem {
  id: number;
  item: unknown;
}

/** Items in one statement: parameters of a statement are limited. */
const ITEMS_AT_A_TIME = 1_000;

/** Counters and lists that many jobs add to at once. */
export class Results {
  constructor(private readonly database: Database) {}

  /** Adds all of it, or nothing if this contribution is in it already. False then. */
  async add(
    { tenant, name, contribution }: { tenant: string; name: string; contribution: string },
    { counters = {}, lists = {} }: ResultAmounts,
  ): Promise<boolean> {
    const row = and(eq(results.tenant, tenant), eq(results.name, name));
    return this.database.orm.transaction(async (transaction) => {
      const empty = { tenant, name, counters: {}, contributions: 0 };
      await transaction.insert(results).values(empty).onConflictDoNothing();
      // From here on nobody else adds to this result.
      const [stored] = await transaction.select().from(results).where(row).for('update');
      const added = await transaction
        .insert(resultContributions)
        .values({ tenant, name, contribution })
        .onConflictDoNothing()
        .returning();
      if (added.length === 0) return false;
      await transaction
        .update(results)
        .set({
          counters: countersWith(stored?.counters ?? {}, counters),
          contributions: sql`${results.contributions} + 1`,
          updatedAt: sql`clock_timestamp()`,
        })
        .where(row);
      const items = Object.entries(lists).flatMap(([list, values]) =>
        values.map((item) => ({ tenant, name, list, item: jsonOf(item) })),
      );
      for (let at = 0; at < items.length; at += ITEMS_AT_A_TIME) {
        await transaction.insert(resultItems).values(items.slice(at, at + ITEMS_AT_A_TIME));
      }
      return true;
    });
  }

  /** As it is at one moment, however many are adding to it. */
  async find(tenant: string, name: string): Promise<StoredResult | undefined> {
    const row = and(eq(results.tenant, tenant), eq(results.name, name));
    return this.database.orm.transaction(
      async (transaction) => {
        const [stored] = await transaction.select().from(results).where(row);
        if (!stored) return undefined;
        const counts = await transaction
          .select({ list: resultItems.list, items: sql<string>`count(*)` })
          .from(resultItems)
          .where(and(eq(resultItems.tenant, tenant), eq(resultItems.name, name)))
          .groupBy(resultItems.list);
        const lists = Object.fromEntries(counts.map(({ list, items }) => [list, Number(items)]));
        return { ...stored, lists };
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    );
  }

  /** The items of a list in the order in which they came, from the one after this. */
  async items(
    { tenant, name, list }: { tenant: string; name: string; list: string },
    { after = 0, limit }: { after?: number; limit: number },
  ): Promise<ResultItem[]> {
    const rows = await this.database.orm
      .select({ id: resultItems.id, json: sql<string>`${resultItems.item}::text` })
      .from(resultItems)
      .where(
        and(
          ...[eq(resultItems.tenant, tenant), eq(resultItems.name, name), eq(resultItems.list, list)],
          gt(resultItems.id, after),
        ),
      )
      .orderBy(asc(resultItems.id))
      .limit(limit);
    return rows.map(({ id, json }) => ({ id, item: JSON.parse(json) as unknown }));
  }

  /** Removes results with all that is in them; those that are not there are none the worse. */
  async remove(tenant: string, names: string[]): Promise<void> {
    await this.database.orm
      .delete(results)
      .where(and(eq(results.tenant, tenant), inArray(results.name, names)));
  }
}

/**
 * What the counters stand at with these amounts. One stays at the last whole number that JSON keeps exactly, rather than
 * become one that counts no further.
 */
export function countersWith(
  stored: Readonly<Record<string, number>>,
  amounts: Readonly<Record<string, number>>,
): Record<string, number> {
  const sums = new Map(Object.entries(stored));
  for (const [counter, amount] of Object.entries(amounts)) {
    const sum = (sums.get(counter) ?? 0) + amount;
    sums.set(counter, Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, sum)));
  }
  return Object.fromEntries(sums);
}

// The library's own way makes SQL's NULL of null, and a number of "5" when that is read.
function jsonOf(item: unknown) {
  return sql`${JSON.stringify(item)}::jsonb`;
}
