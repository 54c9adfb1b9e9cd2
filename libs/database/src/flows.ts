import { and, asc, eq, inArray, sql } from 'drizzle-orm';
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

/** Limits that all workers keep together. Time is the database's, because clocks of workers may differ. */
export class Flows {
  private readonly madeSlots = new Map<string, number>();

  constructor(private readonly database: Database) {}

  /** Takes a place in all the lines for each delivery; `aheadMs` and the answers count from now. */
  async takePlaces(
    tenant: string,
    limits: { key: string; intervalMs: number }[],
    aheadMs: readonly number[],
  ): Promise<number[]> {
    const intervals = new Map(limits.map(({ key, intervalMs }) => [key, intervalMs]));
    const keys = [...intervals.keys()];
    return this.database.orm.transaction(async (transaction) => {
      const rows = keys.map((key) => ({ tenant, key }));
      await transaction.insert(flows).values(rows).onConflictDoNothing();
      const ours = and(eq(flows.tenant, tenant), inArray(flows.key, keys));
      // In the same order for everybody, or two could wait for each other.
      const locked = await transaction.select().from(flows).where(ours).orderBy(asc(flows.key)).for('update');
      const nowMs = await readClock(transaction);
      const lines = locked.map(({ key, nextMs }) => ({ key, nextMs, intervalMs: intervals.get(key) ?? 0 }));
      const places = takePlaces(
        lines,
        aheadMs.map((ms) => nowMs + Math.max(0, ms)),
      );
      for (const { key, nextMs } of lines) {
        const row = and(eq(flows.tenant, tenant), eq(flows.key, key));
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
    await this.makeSlots(tenant, key, parallelism);
    const { rows } = await this.database.orm.execute<{ slot: number }>(sql`
      UPDATE flow_slots SET holder = ${holder}, held_until = ${until(leaseMs)}
      WHERE tenant = ${tenant} AND key = ${key} AND slot = (
        SELECT slot FROM flow_slots
        WHERE tenant = ${tenant} AND key = ${key} AND slot < ${parallelism} AND held_until < clock_timestamp()
        ORDER BY slot LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING slot`);
    return rows[0]?.slot;
  }

  async keepSlots(holder: string, leaseMs: number): Promise<void> {
    await this.database.orm.execute(sql`
      UPDATE flow_slots SET held_until = ${until(leaseMs)}
      WHERE holder = ${holder} AND held_until > clock_timestamp()`);
  }

  async giveSlot(tenant: string, key: string, slot: number, holder: string): Promise<void> {
    await this.database.orm.execute(sql`
      UPDATE flow_slots SET holder = NULL, held_until = '-infinity'
      WHERE tenant = ${tenant} AND key = ${key} AND slot = ${slot} AND holder = ${holder}`);
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

  private async makeSlots(tenant: string, key: string, parallelism: number): Promise<void> {
    const name = `${tenant} ${key}`;
    if ((this.madeSlots.get(name) ?? 0) >= parallelism) return;
    await this.database.orm.execute(sql`
      INSERT INTO flow_slots (tenant, key, slot)
      SELECT ${tenant}, ${key}, generate_series(0, ${parallelism}::integer - 1) ON CONFLICT DO NOTHING`);
    this.madeSlots.set(name, parallelism);
  }
}

const until = (ms: number) => sql`clock_timestamp() + ${ms}::double precision * interval '1 millisecond'`;

async function readClock(transaction: Pick<Database['orm'], 'execute'>): Promise<number> {
  const clock = sql`SELECT extract(epoch FROM clock_timestamp())::double precision * 1000 AS now_ms`;
  const { rows } = await transaction.execute<{ now_ms: number }>(clock);
  return rows[0]?.now_ms ?? NaN;
}
