import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';

/**
 * What the row of a recipient does not tell any more, or never did:
 * - `deferred`: an attempt was refused for the time being, or came to nothing, and another one follows
 * - `uncertain`: nobody knows whether an attempt was taken; another one follows, or a person has decided
 * - `failed`: it had failed, before it was retried
 * - `failed`, `skipped`, `canceled` of one that remains uncertain: why it is not attempted again
 * - `retried`: all who had failed get it again
 * - `resolved-sent`, `resolved-resend`: what a person has decided
 */
export const ACTIVITY_EVENTS = [
  ...(['deferred', 'uncertain', 'failed', 'skipped', 'canceled'] as const),
  ...(['retried', 'resolved-sent', 'resolved-resend'] as const),
] as const;
export type ActivityEvent = (typeof ACTIVITY_EVENTS)[number];

/** Into the log: blast, seq, time, event, attempt, code and reason of each. */
export function logActivity(entries: SQL): SQL {
  return sql`INSERT INTO blast_activity (blast, seq, at, event, attempt, code, reason) ${entries}`;
}

/** For the log, of each of these recipients: how it had ended, unless that is there already, and what is decided now. */
export function endAndDecision(blast: string, recipients: SQL, end: ActivityEvent, decision: ActivityEvent) {
  return sql`
    SELECT ${blast}::uuid, seq, coalesce(ended_at, now()), ${end}::text, nullif(attempts, coalesce((
      SELECT a.attempt FROM blast_activity AS a WHERE a.blast = ${blast} AND a.seq = r.seq ORDER BY a.id DESC LIMIT 1
    ), 0)), code, reason
    FROM ${recipients} AS r
    WHERE NOT EXISTS (SELECT FROM blast_activity AS a WHERE a.blast = ${blast} AND a.seq = r.seq AND a.at = r.ended_at)
    UNION ALL
    SELECT ${blast}::uuid, seq, now(), ${decision}::text, NULL, NULL, NULL FROM ${recipients}`;
}
