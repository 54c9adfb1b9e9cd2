import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { ROOT } from '../../scripts/paths.js';

/** How the accounts of a tenant stand after a campaign. */
export interface Audit {
  users: number;
  /** Coupons of the campaign, and those whose users were notified. */
  coupons: number;
  notified: number;
  /** Users with exactly one coupon, its amount once in their credit, and notified. */
  exact: number;
}

/** The tables that the example works on. */
export class Accounts {
  private constructor(
    private readonly client: pg.Client,
    private readonly tenant: string,
  ) {}

  static async connect(databaseUrl: string, tenant: string): Promise<Accounts> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    return new Accounts(client, tenant);
  }

  /** Creates the tables where they are missing, and gives the tenant so many new users instead of those that it has. */
  async seed(users: number): Promise<void> {
    await this.client.query(readFileSync(join(ROOT, 'examples/coupons/tables.sql'), 'utf8'));
    await this.client.query('DELETE FROM example.users WHERE tenant = $1', [this.tenant]);
    await this.client.query(
      `INSERT INTO example.users (tenant, email)
       SELECT $1, 'user-' || number || '@example.com' FROM generate_series(1, $2::integer) AS number`,
      [this.tenant, users],
    );
    await this.client.query('ANALYZE example.users, example.coupons');
  }

  async audit(campaign: string, amountCents: number): Promise<Audit> {
    const { rows } = await this.client.query<Audit>(
      `SELECT count(*)::integer AS users,
              coalesce(sum(coupons), 0)::integer AS coupons,
              coalesce(sum(notified), 0)::integer AS notified,
              count(*) FILTER (WHERE coupons = 1 AND notified = 1 AND credit_cents = $3)::integer AS exact
       FROM example.users CROSS JOIN LATERAL (
         SELECT count(*) AS coupons, count(notified_at) AS notified
         FROM example.coupons WHERE user_id = users.id AND campaign = $2
       ) AS given
       WHERE tenant = $1`,
      [this.tenant, campaign, amountCents],
    );
    return rows[0] as Audit;
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
