import { createHash } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { Database } from './database.js';
import { destinationFlows, flows } from './schema.js';

/** One limit of a tenant that deliveries share. */
export interface FlowLimit {
  key: string;
  /** From one place to the next; any number at a time if absent. */
  intervalMs?: number;
  /** Slots that there are; any number if absent. */
  parallelism?: number;
}

export interface DestinationFlow {
  tenant: string;
  host: string;
  rate: number | null;
  periodMs: number | null;
  parallelism: number | null;
}

export interface Line {
  nextMs: number;
  intervalMs: number;
}

/**
 * The places of deliveries, given when each is due in order: evenly spaced in every line that they stand in. Moves the
 * lines on.
 */
export function takePlaces(lines: Line[], duesMs: readonly number[]): number[] {
  return duesMs.map((dueMs) => {
    const placeMs = Math.max(dueMs, ...lines.map(({ nextMs }) => nextMs));
    for (const line of lines) line.nextMs = placeMs + line.intervalMs;
    return placeMs;
  });
}

/** A row that nobody has used for so long is taken away. It would say nothing that a new one does not. */
const UNUSED_MS = 3_600_000;

/** Limits that all workers keep together. Time is the database's, because clocks of workers may differ. */
export class Flows {
  constructor(private readonly database: Database) {}

  /** Takes a place in all the lines for each delivery; `aheadMs` and the answers count from now. */
  async takePlaces(
    tenant: string,
    limits: { key: string; intervalMs: number }[],
    aheadMs: readonly number[],
  ): Promise<number[]> {
    const intervals = new Map(limits.map(({ key, intervalMs }) => [hexDigestOf(key), intervalMs]));
    // In the same order for everybody, or two could wait for each other.
    const digests = [...intervals.keys()].sort();
    return this.database.orm.transaction(async (transaction) => {
      // What is there already is locked as well, so that nothing takes it away or moves it on meanwhile.
      const locked = await transaction
        .insert(flows)
        .values(digests.map((digest) => ({ tenant, keyDigest: Buffer.from(digest, 'hex') })))
        .onConflictDoUpdate({
          target: [flows.tenant, flows.keyDigest],
          set: { nextMs: sql`${flows.nextMs}` },
        })
        .returning();
      const nowMs = await readClock(transaction);
      const lines = locked.map(({ keyDigest, nextMs }) => {
        return { keyDigest, nextMs, intervalMs: intervals.get(keyDigest.toString('hex')) ?? 0 };
      });
      const places = takePlaces(
        lines,
        aheadMs.map((ms) => nowMs + Math.max(0, ms)),
      );
      for (const { keyDigest, nextMs } of lines) {
        const row = and(eq(flows.tenant, tenant), eq(flows.keyDigest, keyDigest));
        await transaction.update(flows).set({ nextMs }).where(row);
      }
      return places.map((placeMs) => placeMs - nowMs);
    });
  }

  /** Takes a slot that nobody holds, until the time is over or it is given back; undefined if there is none. */
  async takeSlot(
    tenant: string,
    { key, parallelism }: { key: string; parallelism: number },
    { holder, leaseMs }: { holder: string; leaseMs: number },
  ): Promise<number | undefined> {
    const keyDigest = digestOf(key);
    // One that was used before and is free, else one that is new. Of those who ask for a new one in the same moment most
    // get one each, because they ask for any; the others ask again.
    const { rows } = await this.database.orm.execute<{ slot: number }>(sql`
      WITH used AS (
        UPDATE flow_slots SET holder = ${holder}, held_until = ${until(leaseMs)}
        WHERE tenant = ${tenant} AND key_digest = ${keyDigest} AND slot = (
          SELECT slot FROM flow_slots
          WHERE tenant = ${tenant} AND key_digest = ${keyDigest} AND slot < ${parallelism}
            AND held_until < clock_timestamp()
          ORDER BY slot LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING slot
      ), new AS (
        INSERT INTO flow_slots (tenant, key_digest, slot, holder, held_until)
        SELECT ${tenant}::text, ${keyDigest}::bytea, number, ${holder}::uuid, ${until(leaseMs)}
        FROM generate_series(0, ${parallelism}::integer - 1) AS number
        WHERE NOT EXISTS (SELECT FROM used) AND number NOT IN (
          SELECT slot FROM flow_slots WHERE tenant = ${tenant} AND key_digest = ${keyDigest})
        ORDER BY random() LIMIT 1
        ON CONFLICT DO NOTHING
        RETURNING slot
      )
      SELECT slot FROM used UNION ALL SELECT slot FROM new`);
    return rows[0]?.slot;
  }

  async keepSlots(holder: string, leaseMs: number): Promise<void> {
    await this.database.orm.execute(sql`
      UPDATE flow_slots SET held_until = ${until(leaseMs)}
      WHERE holder = ${holder} AND held_until > clock_timestamp()`);
  }

  async giveSlot(tenant: string, key: string, slot: number, holder: string): Promise<void> {
    await this.database.orm.execute(sql`
      UPDATE flow_slots SET holder = NULL, held_until = clock_timestamp()
      WHERE tenant = ${tenant} AND key_digest = ${digestOf(key)} AND slot = ${slot} AND holder = ${holder}`);
  }

  /** Takes away what is there for keys that nobody has used for long. */
  async forgetUnused(): Promise<void> {
    const before = until(-UNUSED_MS);
    // What is just being used stays, and is not waited for.
    await this.database.orm.execute(sql`
      DELETE FROM flows WHERE (tenant, key_digest) IN (
        SELECT tenant, key_digest FROM flows
        WHERE next_ms < extract(epoch FROM ${before}) * 1000 FOR UPDATE SKIP LOCKED)`);
    await this.database.orm.execute(sql`
      DELETE FROM flow_slots WHERE (tenant, key_digest, slot) IN (
        SELECT tenant, key_digest, slot FROM flow_slots
        WHERE held_until < ${before} FOR UPDATE SKIP LOCKED)`);
  }

  async destinations(): Promise<DestinationFlow[]> {
    return this.database.orm.select().from(destinationFlows);
  }

  async destination(tenant: string, host: string): Promise<DestinationFlow | undefined> {
    const row = and(eq(destinationFlows.tenant, tenant), eq(destinationFlows.host, host));
    return (await this.database.orm.select().from(destinationFlows).where(row))[0];
  }

  async setDestination(flow: DestinationFlow): Promise<void> {
    const { rate, periodMs, parallelism } = flow;
    await this.database.orm
      .insert(destinationFlows)
      .values(flow)
      .onConflictDoUpdate({
        target: [destinationFlows.tenant, destinationFlows.host],
        set: { rate, periodMs, parallelism },
      });
  }

  async removeDestination(tenant: string, host: string): Promise<void> {
    const row = and(eq(destinationFlows.tenant, tenant), eq(destinationFlows.host, host));
    await this.database.orm.delete(destinationFlows).where(row);
  }
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

const hexDigestOf = (key: string) => digestOf(key).toString('hex');

const until = (ms: number) => sql`clock_timestamp() + ${ms}::double precision * interval '1 millisecond'`;

async function readClock(transaction: Pick<Database['orm'], 'execute'>): Promise<number> {
  const clock = sql`SELECT extract(epoch FROM clock_timestamp())::double precision * 1000 AS now_ms`;
  const { rows } = await transaction.execute<{ now_ms: number }>(clock);
  return rows[0]?.now_ms ?? NaN;
}
