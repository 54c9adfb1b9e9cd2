import { sql } from 'drizzle-orm';
import { Database } from './database.js';

/** A lock as its holder knows it. */
export interface LockKey {
  tenant: string;
  resource: string;
  /** UUID of whoever holds it. */
  holder: string;
}

/** Locks under a lease. Time is the database's, because clocks of workers may differ. */
export class Locks {
  constructor(private readonly database: Database) {}

  /** Takes a lock that nobody holds: its fencing token, greater than any before; undefined if somebody holds it. */
  async take({ tenant, resource, holder }: LockKey, leaseMs: number): Promise<number | undefined> {
    const { rows } = await this.database.orm.execute<{ fencing_token: string }>(sql`
      INSERT INTO locks (tenant, resource, fencing_token, holder, held_until)
      VALUES (${tenant}, ${resource}, 1, ${holder}, ${until(leaseMs)})
      ON CONFLICT (tenant, resource) DO UPDATE
      SET fencing_token = locks.fencing_token + 1, holder = EXCLUDED.holder, held_until = EXCLUDED.held_until
      WHERE locks.held_until < clock_timestamp()
      RETURNING fencing_token`);
    return rows[0] && Number(rows[0].fencing_token);
  }

  /** Lengthens the lease. False if the lock is somebody else's by now, or could have been. */
  async keep({ tenant, resource, holder }: LockKey, leaseMs: number): Promise<boolean> {
    const { rowCount } = await this.database.orm.execute(sql`
      UPDATE locks SET held_until = ${until(leaseMs)}
      WHERE tenant = ${tenant} AND resource = ${resource} AND holder = ${holder} AND held_until >= clock_timestamp()`);
    return rowCount === 1;
  }

  /** Gives it back, if it is still held. The row stays, so that fencing tokens go on rising. */
  async give({ tenant, resource, holder }: LockKey): Promise<void> {
    await this.database.orm.execute(sql`
      UPDATE locks SET holder = NULL, held_until = '-infinity'
      WHERE tenant = ${tenant} AND resource = ${resource} AND holder = ${holder}`);
  }
}

const until = (ms: number) => sql`clock_timestamp() + ${ms}::double precision * interval '1 millisecond'`;
