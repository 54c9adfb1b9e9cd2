import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import type { RetryState } from '@temporalio/common';
import type { GroupOutcome } from '#contracts/job.js';
import type { GroupPlan, RetryPlan } from '#contracts/job-plan.js';
import { groupFailure } from '../activities/jobs/group-failure.js';
import { RetryAfterError } from '../jobs/errors.js';
import type { VirtualClock } from './virtual-clock.js';

const ONCE: RetryPlan = { maxAttempts: 1, initialDelayMs: 0, factor: 1, maxDelayMs: 0 };

/**
 * The tries of a group, as the engine has them made: rejects with what it tells the job when none of them ends well. The
 * time between tries passes on the clock only.
 */
export async function groupTries(
  { name, retry }: GroupPlan,
  attempt: (tryNumber: number) => Promise<GroupOutcome>,
  { clock, killAtMs }: { clock: VirtualClock; killAtMs: number },
): Promise<GroupOutcome> {
  const plan = retry === 'none' ? ONCE : retry;
  for (let tries = 1; ; tries++) {
    const told = { tries, startedMs: clock.nowMs };
    try {
      return { ...(await attempt(tries)), ...told };
    } catch (error) {
      const cause = groupFailure(error, told);
      const ended = (state: RetryState) => new ActivityFailure(cause.message, name, '', state, '', cause);
      if (!(cause instanceof ApplicationFailure)) throw ended('CANCEL_REQUESTED');
      if (cause.nonRetryable) throw ended('NON_RETRYABLE_FAILURE');
      if (tries >= plan.maxAttempts) throw ended('MAXIMUM_ATTEMPTS_REACHED');
      const delayMs = error instanceof RetryAfterError ? error.delayMs : delayAfter(plan, tries);
      if (clock.nowMs + delayMs >= killAtMs) throw ended('TIMEOUT');
      clock.skip(delayMs);
    }
  }
}

function delayAfter({ initialDelayMs, factor, maxDelayMs }: RetryPlan, tries: number): number {
  return Math.min(initialDelayMs * factor ** (tries - 1), Math.max(initialDelayMs, maxDelayMs));
}
