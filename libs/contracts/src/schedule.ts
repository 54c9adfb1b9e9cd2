/**
 * What the engine does when a run is due to start and the one before has not ended, its retries included.
 * - `skip`: nothing
 * - `buffer_one`: it starts when that has ended; of several that wait, the first
 * - `allow_all`: it starts at once
 * - `cancel_other`: what is left of the one before is canceled, then it starts
 */
export const OVERLAPS = ['skip', 'buffer_one', 'allow_all', 'cancel_other'] as const;
export type Overlap = (typeof OVERLAPS)[number];

/** What is known of a schedule beside its spec: part of each run's input, which the engine keeps for it. */
export interface ScheduleRecord {
  /** The fields that the client has set, by their names in the API, but for the body: that is the timer's. */
  asked: Record<string, unknown>;
  createdMs: number;
  changedMs: number;
  /** Of the latest changes, the last one first: tell whether one was made, also where others have been made since. */
  changeIds?: string[];
  /** Digest of the request that set it, if that had an `Idempotency-Key`. */
  fingerprint?: string;
}
