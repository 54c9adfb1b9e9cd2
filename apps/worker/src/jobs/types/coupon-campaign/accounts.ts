import { sql } from 'drizzle-orm';
import type { StepContext } from '../../index.js';

type Context = Pick<StepContext, 'database' | 'job'>;

/** A coupon that a batch has given out. */
export interface Coupon {
  user: number;
  email: string;
  notified: boolean;
}

/** Ids of the users of the job's tenant after this one, in their order. */
export async function pageOfUsers(
  { database, job }: Context,
  { after, limit }: { after: number; limit: number },
): Promise<number[]> {
  const { rows } = await database.execute<{ id: number }>(sql`
    SELECT id FROM example.users WHERE tenant = ${job.tenant} AND id > ${after} ORDER BY id LIMIT ${limit}`);
  return rows.map(({ id }) => id);
}

/**
 * Gives each user a coupon of the campaign and its amount, in one transaction. Whoever has one gets nothing, so a
 * repetition changes nothing. A coupon belongs for ever to the job that gave it, so no two count the same.
 */
export async function giveCoupons(
  { database, job }: Context,
  { campaign, amount_cents, users }: { campaign: string; amount_cents: number; users: readonly number[] },
): Promise<void> {
  await database.execute(sql`
    WITH given AS (
      INSERT INTO example.coupons (campaign, user_id, batch)
      SELECT ${campaign}, id, ${job.id}::uuid FROM example.users
      WHERE tenant = ${job.tenant} AND id = ANY (${sql.param(users)}::integer[])
      ON CONFLICT (user_id, campaign) DO NOTHING
      RETURNING user_id
    )
    UPDATE example.users SET credit_cents = credit_cents + ${amount_cents}
    FROM given WHERE users.id = given.user_id`);
}

/** The coupons that this job has given. */
export async function couponsOf({ database, job }: Context): Promise<Coupon[]> {
  const { rows } = await database.execute<Coupon & Record<string, unknown>>(sql`
    SELECT user_id AS "user", email, notified_at IS NOT NULL AS notified
    FROM example.coupons JOIN example.users ON users.id = coupons.user_id
    WHERE batch = ${job.id}::uuid ORDER BY user_id`);
  return rows;
}

export async function markNotified({ database, job }: Context, coupons: readonly Coupon[]): Promise<void> {
  await database.execute(sql`
    UPDATE example.coupons SET notified_at = clock_timestamp()
    WHERE batch = ${job.id}::uuid AND user_id = ANY (${sql.param(coupons.map(({ user }) => user))}::integer[])`);
}
