import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';

/**
 * What the row of a recipient does not tell any more:
 * - `deferred`: an attempt was refused for the time being, or came to nothing, and another one follows
 * - `uncertain`: nobody knows whether an attempt was taken; another one follows, or a person has decided
 * - `failed`: it had failed, before it was retried
 * - `retried`: all who had failed get it again
 * - `resolved-sent`, `resolved-resend`: what a person has decided
 */
export const ACTIVITY_EVENTS = [
  ...(['deferred', 'uncertain', 'failed'] as const),
  ...(['retried', 'resolved-sent', 'resolved-resend'] as const),
] as const;
export type ActivityEvent = (typeof ACTIVITY_EVENTS)[number];

/** Logs what rows of recipients are about to forget: blast, seq, time, event, attempt, code and reason of each. */
export function logActivity(entries: SQL): SQL {
  return sql`INSERT INTO blast_activity (blast, seq, at, event, attempt, code, reason) ${entries}`;
}

/** Of each of these recipients, how it had ended, and then that it is decided otherwise now. */
export function leaving(blast: string, left: ActivityEvent, recipients: SQL, decision: ActivityEvent): SQL {
  return sql`
    SELECT ${blast}::uuid, seq, coalesce(ended_at, now()), ${left}::text, nullif(attempts, 0), code, reason FROM ${recipients}
    UNION ALL
    SELECT ${blast}::uuid, seq, now(), ${decision}::text, NULL, NULL, NULL FROM ${recipients}`;
}
