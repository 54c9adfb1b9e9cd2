import type { TimerLine } from '#contracts/timer-line.js';
import { LISTED_STATUSES } from '../timers/timer-filter.dto.js';
import type { ListedStatus } from '../timers/timer-filter.dto.js';

/** A timer that is so long overdue and was not even tried once is missed, not late. */
const MISSED_AFTER_MS = 60_000;

export interface TallyOptions {
  lateAfterMs: number;
  nowMs: number;
}

/** Counts timers and measures how late they were. */
export class Tally {
  readonly counts = Object.fromEntries(LISTED_STATUSES.map((status) => [status, 0])) as Record<
    ListedStatus,
    number
  >;
  missed = 0;
  private readonly latenessesMs: number[] = [];

  constructor(private readonly options: TallyOptions) {}

  add({ status, attempts, dueMs, nextAttemptMs, latenessMs }: TimerLine): void {
    this.counts[status] += 1;
    if (latenessMs !== undefined) this.latenessesMs.push(Math.max(0, latenessMs));
    // A timer whose destination has no room for it is postponed, and due only then.
    const overdueMs = this.options.nowMs - Math.max(dueMs, nextAttemptMs);
    if (status === 'scheduled' && attempts === 0 && overdueMs > MISSED_AFTER_MS) this.missed += 1;
  }

  get late(): number {
    return this.latenessesMs.filter((ms) => ms > this.options.lateAfterMs).length;
  }

  /** Nulls if no attempt was made yet. */
  get lateness(): { p50_ms: number | null; p99_ms: number | null; max_ms: number | null } {
    const sorted = [...this.latenessesMs].sort((a, b) => a - b);
    // The least lateness that so large a share of the timers does not exceed.
    const percentile = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? null;
    return { p50_ms: percentile(0.5), p99_ms: percentile(0.99), max_ms: percentile(1) };
  }
}
