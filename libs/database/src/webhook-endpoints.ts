import { and, arrayContains, eq, or, sql } from 'drizzle-orm';
import { Database } from './database.js';
import { webhookEndpoints } from './schema.js';

export type WebhookEndpointRow = typeof webhookEndpoints.$inferSelect;

/** Where tenants want to be told what happens. */
export class WebhookEndpoints {
  constructor(private readonly database: Database) {}

  /** Those that are to be told of such an event. */
  async subscribed(tenant: string, type: string): Promise<WebhookEndpointRow[]> {
    const { events, enabled } = webhookEndpoints;
    return this.database.orm
      .select()
      .from(webhookEndpoints)
      .where(
        and(
          ...[eq(webhookEndpoints.tenant, tenant), eq(enabled, true)],
          or(sql`cardinality(${events}) = 0`, arrayContains(events, [type])),
        ),
      );
  }
}
