import { and, asc, desc, eq, gt, inArray, sql } from 'drizzle-orm';
import { endAndDecision, logActivity } from './blast-activity.js';
import { storeRecipients } from './blast-listing.js';
import type { NewRecipient } from './blast-listing.js';
import { Database } from './database.js';
import { addressHash, blastActivity, blastRecipients, blastUploads } from './schema.js';

export type StoredRecipient = typeof blastRecipients.$inferSelect;
export type StoredActivity = typeof blastActivity.$inferSelect;

export interface RecipientActivity {
  recipient: StoredRecipient;
  entries: StoredActivity[];
}

/** Recipients that are stored in one go. */
const AT_A_TIME = 1_000;

/** Recipients that a person decides on in one statement. */
const DECIDED_AT_A_TIME = 10_000;

/** Which recipients: those to which all that is given applies. */
export interface RecipientQuery {
  statuses?: string[];
  address?: string;
  /** Those after this number. */
  after: number;
  limit: number;
}

/** A request to be recognized by, when it comes again. */
export interface UploadRequest {
  key: string;
  /** SHA-256 of its body, when all of it has come. */
  bodyDigest: () => Promise<Buffer>;
}

/** What an upload has stored, and of which body; null of one from before that was kept. */
export interface StoredUpload {
  accepted: number;
  bodyDigest: Buffer | null;
}

/** The blast takes no recipients any more, or is gone. */
export class BlastClosed extends Error {}
/** Another request with the same key was faster. */
export class UploadOvertaken extends Error {}

/** The recipients of blasts, as clients see them. */
export class BlastRecipients {
  constructor(private readonly database: Database) {}

  /** Undefined if there was none with this key. */
  async uploaded(blast: string, key: string): Promise<StoredUpload | undefined> {
    const [found] = await this.database.orm
      .select({ accepted: blastUploads.accepted, bodyDigest: blastUploads.bodyDigest })
      .from(blastUploads)
      .where(and(eq(blastUploads.blast, blast), eq(blastUploads.key, key)));
    return found;
  }

  /**
   * Stores all of them or none, while the blast is in one of these statuses when the last has come: else rejects with
   * `BlastClosed`. With a key they are stored once: else rejects with `UploadOvertaken`.
   */
  async upload(
    blast: string,
    recipients: AsyncIterable<NewRecipient>,
    { from, request }: { from: readonly string[]; request?: UploadRequest },
  ): Promise<number> {
    return this.database.orm.transaction(async (transaction) => {
      let [accepted, waiting]: [number, NewRecipient[]] = [0, []];
      for await (const recipient of recipients) {
        waiting.push(recipient);
        accepted += 1;
        if (waiting.length < AT_A_TIME) continue;
        await storeRecipients(transaction, blast, waiting);
        waiting = [];
      }
      await storeRecipients(transaction, blast, waiting);
      const bodyDigest = await request?.bodyDigest();
      // From here on its list can not be made before these are there.
      const { rows } = await transaction.execute<{ status: string }>(sql`
        SELECT status FROM blasts WHERE id = ${blast} FOR SHARE`);
      if (!from.includes(rows[0]?.status ?? '')) throw new BlastClosed();
      if (!request) return accepted;
      const first = await transaction
        .insert(blastUploads)
        .values({ blast, key: request.key, accepted, bodyDigest })
        .onConflictDoNothing()
        .returning({ key: blastUploads.key });
      if (first.length === 0) throw new UploadOvertaken();
      return accepted;
    });
  }

  /** In the order of their numbers. */
  async page(blast: string, { statuses, address, after, limit }: RecipientQuery): Promise<StoredRecipient[]> {
    const hasAddress =
      address === undefined
        ? undefined
        : and(
            sql`${addressHash(blastRecipients.address)} = ${addressHash(address)}`,
            sql`lower(${blastRecipients.address}) = lower(${address})`,
          );
    return this.database.orm
      .select()
      .from(blastRecipients)
      .where(
        and(
          eq(blastRecipients.blast, blast),
          gt(blastRecipients.seq, after),
          statuses && inArray(blastRecipients.status, statuses),
          hasAddress,
        ),
      )
      .orderBy(asc(blastRecipients.seq))
      .limit(limit);
  }

  async find(blast: string, seq: number): Promise<StoredRecipient | undefined> {
    const which = and(eq(blastRecipients.blast, blast), eq(blastRecipients.seq, seq));
    const [found] = await this.database.orm.select().from(blastRecipients).where(which);
    return found;
  }

  /**
   * One of them, and what was done about it besides what its row tells: the last so many entries, the oldest first. Both of
   * one moment.
   */
  async activity(blast: string, seq: number, limit: number): Promise<RecipientActivity | undefined> {
    const which = and(eq(blastActivity.blast, blast), eq(blastActivity.seq, seq));
    return this.database.orm.transaction(
      async (transaction) => {
        const [recipient] = await transaction
          .select()
          .from(blastRecipients)
          .where(and(eq(blastRecipients.blast, blast), eq(blastRecipients.seq, seq)));
        if (!recipient) return undefined;
        const entries = await transaction
          .select()
          .from(blastActivity)
          .where(which)
          .orderBy(desc(blastActivity.id))
          .limit(limit);
        return { recipient, entries: entries.reverse() };
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    );
  }

  /**
   * What a person has found out about those that are uncertain, or one of them: how many were. Those that are sent again
   * are so once the blast runs: one that has ended is started again for them, at once.
   */
  async resolve(
    blast: string,
    { seq, resend, ended }: { seq?: number; resend: boolean; ended: readonly string[] },
  ): Promise<number> {
    const which = seq === undefined ? sql`true` : sql`seq = ${seq}`;
    return this.database.orm.transaction(async (transaction) => {
      await transaction.execute(sql`SELECT FROM blasts WHERE id = ${blast} FOR NO KEY UPDATE`);
      const set = resend
        ? sql`status = 'pending', claim = NULL, attempts = 0, doubt = coalesce(reason, 'unknown'), reason = NULL,
            code = NULL, ended_at = NULL, send_at = 'epoch'`
        : sql`status = 'sent', claim = NULL, doubt = NULL, reason = NULL, code = NULL, ended_at = now()`;
      const decision = resend ? 'resolved-resend' : 'resolved-sent';
      const decideAfter = (last: number) => sql`
        WITH decided AS MATERIALIZED (
          SELECT seq, attempts, code, reason, ended_at FROM blast_recipients
          WHERE blast = ${blast} AND status = 'uncertain' AND ${which} AND seq > ${last}::bigint
          ORDER BY seq LIMIT ${DECIDED_AT_A_TIME} FOR UPDATE
        ), logged AS (${logActivity(endAndDecision(blast, sql`decided`, 'uncertain', decision))})
        UPDATE blast_recipients SET ${set} WHERE blast = ${blast} AND seq = ANY (ARRAY(SELECT seq FROM decided))
        RETURNING seq`;
      let resolved = 0;
      for (let [some, last] = [DECIDED_AT_A_TIME, 0]; some === DECIDED_AT_A_TIME; resolved += some) {
        const { rows } = await transaction.execute<{ seq: string }>(decideAfter(last));
        some = rows.length;
        last = rows.reduce((most, { seq: each }) => Math.max(most, Number(each)), last);
      }
      if (!resend || resolved === 0) return resolved;
      await transaction.execute(sql`
        UPDATE blasts SET status = 'scheduled', run = run + 1, changes = changes + 1, listed_at = NULL, ended_at = NULL, started_at = now(),
          kill_at = CASE WHEN kill_at > now() THEN kill_at END
        WHERE id = ${blast} AND status = ANY (${sql.param(ended)}::text[])`);
      return resolved;
    });
  }
}
