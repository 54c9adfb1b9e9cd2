import type { BlastTally } from '#contracts/blast.js';
import type { BlastPace, LaneTally } from '#database/blast-sending.js';

/** Before so many have ended, nobody knows how many fail. */
const LEAST_TO_JUDGE = 20;

/**
 * How many messages of a blast have failed since it was changed last, in all lanes together: those of the own lane as they
 * are now, those of the others as the database has them.
 */
export class FailureRate {
  /** What the batch had when its account began. */
  private start: BlastTally = { sent: 0, failed: 0 };

  constructor(
    /** Of the batches of the lane before this one. */
    private before: LaneTally,
    /** Of this batch. */
    private readonly now: () => BlastTally,
  ) {}

  /** Of the lane: what the others are to know of it. */
  get lane(): LaneTally {
    const { before, start } = this;
    const { sent, failed } = this.now();
    return {
      changes: before.changes,
      sent: before.sent + sent - start.sent,
      failed: before.failed + failed - start.failed,
    };
  }

  /** What has ended before something was done to the blast does not count any more: the account begins anew. */
  follow(changes: number): void {
    if (changes === this.before.changes) return;
    this.before = { changes, sent: 0, failed: 0 };
    this.start = this.now();
  }

  /** Too many have failed: the figures in words. */
  tooHigh({ others, maxFailureRate }: Pick<BlastPace, 'others' | 'maxFailureRate'>): string | undefined {
    const { lane } = this;
    const failed = lane.failed + others.failed;
    const ended = lane.sent + others.sent + failed;
    if (maxFailureRate === null || ended < LEAST_TO_JUDGE || failed / ended <= maxFailureRate)
      return undefined;
    return `${failed} of ${ended} messages have failed since it was started, resumed or changed.`;
  }
}
