import { sql } from 'drizzle-orm';
import { Database } from './database.js';

type Executor = Pick<Database['orm'], 'execute'>;

/**
 * The message credit of tenants, held by a blast for each message that was sent, may have been, or is still to be. Messages
 * that are counted while the tenant has no limit are charged to nobody, neither then nor later, and nothing comes back for
 * them. Where a blast has both, what is not used is taken to be of those that were counted last: what was counted before
 * had been used by then.
 */
export class BlastCredit {
  constructor(private readonly database: Database) {}

  /** Holds as much of the tenant's credit as there are messages; else how much is missing. */
  async reserve(tenant: string, blast: string): Promise<number> {
    return this.database.orm.transaction(async (transaction) => {
      const { messages, credit, uncharged } = await accountOf(transaction, blast);
      const need = messages - credit;
      if (need <= 0) return 0;
      const { rows } = await transaction.execute<{ message_credit: string | null }>(sql`
        SELECT message_credit FROM tenants WHERE id = ${tenant} FOR NO KEY UPDATE`);
      const left = rows[0]?.message_credit ?? null;
      if (left !== null && Number(left) < need) return need - Number(left);
      const charged = left === null ? 0 : need;
      await transaction.execute(sql`
        UPDATE blasts SET credit = credit + ${need}::bigint, uncharged = ${uncharged + need - charged}::bigint,
          last_charged = ${charged > 0}::boolean
        WHERE id = ${blast}`);
      await pay(transaction, tenant, -charged);
      return 0;
    });
  }

  /** Gives back what was taken for messages that were not sent: no more than was taken, and to nobody without a limit. */
  async giveBack(tenant: string, blast: string): Promise<void> {
    await this.database.orm.transaction(async (transaction) => {
      const { messages, credit, uncharged, lastCharged } = await accountOf(transaction, blast);
      const unused = credit - messages;
      if (unused <= 0) return;
      const back = lastCharged ? Math.min(unused, credit - uncharged) : Math.max(0, unused - uncharged);
      await transaction.execute(sql`
        UPDATE blasts SET credit = credit - ${unused}::bigint, uncharged = ${uncharged - (unused - back)}::bigint
        WHERE id = ${blast}`);
      await pay(transaction, tenant, back);
    });
  }
}

interface Account {
  /** That were sent, may have been, or are still to be. */
  messages: number;
  credit: number;
  /** Of that; a worker of before lowers `credit` alone. */
  uncharged: number;
  lastCharged: boolean;
}

async function accountOf(transaction: Executor, blast: string): Promise<Account> {
  const { rows: held } = await transaction.execute<{
    credit: string;
    uncharged: string;
    last_charged: boolean;
  }>(
    sql`SELECT credit, least(uncharged, credit) AS uncharged, last_charged FROM blasts WHERE id = ${blast} FOR NO KEY UPDATE`,
  );
  const { rows } = await transaction.execute<{ messages: string }>(sql`
    SELECT count(*) AS messages FROM blast_recipients
    WHERE blast = ${blast} AND status IN ('pending', 'sending', 'sent', 'uncertain')`);
  const { credit = '0', uncharged = '0', last_charged = true } = held[0] ?? {};
  return {
    ...{ messages: Number(rows[0]?.messages ?? 0), credit: Number(credit) },
    ...{ uncharged: Number(uncharged), lastCharged: last_charged },
  };
}

async function pay(transaction: Executor, tenant: string, count: number): Promise<void> {
  if (count === 0) return;
  await transaction.execute(sql`
    UPDATE tenants SET message_credit = message_credit + ${count}::bigint
    WHERE id = ${tenant} AND message_credit IS NOT NULL`);
}
