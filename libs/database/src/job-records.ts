import { eq, sql } from 'drizzle-orm';
import { Database } from './database.js';
import { jobAlerts, jobTypes } from './schema.js';

export interface TenantAlerts {
  webhooks: string[];
  emails: string[];
}

/** What is written down of job types and of whom tenants want told. */
export class JobRecords {
  constructor(private readonly database: Database) {}

  /** Makes job types known. What was published under the same name before is replaced. */
  async publish(types: readonly { name: string; record: object }[]): Promise<void> {
    if (types.length === 0) return;
    await this.database.orm
      .insert(jobTypes)
      .values(types.map(({ name, record }) => ({ name, record })))
      .onConflictDoUpdate({
        target: jobTypes.name,
        set: { record: sql`excluded.record`, publishedAt: sql`clock_timestamp()` },
      });
  }

  async types(): Promise<{ name: string; record: unknown }[]> {
    return this.database.orm.select().from(jobTypes).orderBy(jobTypes.name);
  }

  async alertsOf(tenant: string): Promise<TenantAlerts> {
    const [row] = await this.database.orm.select().from(jobAlerts).where(eq(jobAlerts.tenant, tenant));
    return { webhooks: row?.webhooks ?? [], emails: row?.emails ?? [] };
  }

  async setAlerts(tenant: string, alerts: TenantAlerts): Promise<void> {
    await this.database.orm
      .insert(jobAlerts)
      .values({ tenant, ...alerts })
      .onConflictDoUpdate({ target: jobAlerts.tenant, set: alerts });
  }
}
