import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow';
import {
  FINAL_FAILURE,
  KILLED_FAILURE,
  MAX_MESSAGE_LENGTH,
  RETURNED_FAILURE,
  UNKNOWN_FAILURE,
} from '#contracts/job.js';
import type { GroupFailure, GroupOutcome } from '#contracts/job.js';
import type { GroupPlan } from '#contracts/job-plan.js';
import { retryPolicy } from './retry-policy.js';
import { toldFailure } from './told.js';

/**
 * How a group has ended that did not end well. `killed`: its job's time was over. `late`: another try would be after that
 * time. `returned`: its worker has given it back, and it is to be queued again.
 */
export interface GroupEnd extends Partial<GroupFailure> {
  status: 'failed' | 'uncertain' | 'canceled' | 'killed' | 'late' | 'returned';
  tries: number;
  /** Whether a step of it may have run. */
  begun: boolean;
  error?: string;
}

/** The group is not tried again. */
export type FinalEnd = GroupEnd & { status: Exclude<GroupEnd['status'], 'late' | 'returned'> };

/**
 * What the failure of a group's activity means for its job. `outcome`: of a group whose steps have all ended well, and what
 * they left behind could not be settled. `triesBefore`: that had ended when the engine began to count.
 */
export function groupEnd(
  failure: unknown,
  { retry }: GroupPlan,
  { outcome, triesBefore = 0 }: { outcome?: GroupOutcome; triesBefore?: number } = {},
): GroupEnd {
  const { cause, retryState } =
    failure instanceof ActivityFailure ? failure : { cause: failure, retryState: undefined };
  const type = cause instanceof ApplicationFailure ? cause.type : undefined;
  const tells = cause instanceof ApplicationFailure || cause instanceof CancelledFailure;
  const details: unknown = outcome ?? (tells ? cause.details?.[0] : undefined);
  // Of a try that has run for a while.
  const beat = toldFailure(cause instanceof TimeoutFailure ? cause.lastHeartbeatDetails : undefined);
  // Where its worker could not tell.
  const { maximumAttempts } = retryPolicy(retry, triesBefore);
  const most = retryState === 'MAXIMUM_ATTEMPTS_REACHED' ? maximumAttempts : 0;
  const timedOut = cause instanceof TimeoutFailure && cause.timeoutType !== 'SCHEDULE_TO_START';
  const least = timedOut && !isOverall(cause) ? 1 : 0;
  const tries = outcome ? 1 : Math.max(most, least, beat.tries ?? 0);
  const begun = type !== UNKNOWN_FAILURE && (details !== undefined || timedOut);
  const error = messageOf(cause).slice(0, MAX_MESSAGE_LENGTH);
  const end = { tries, startedMs: beat.startedMs, ...toldFailure(details), begun, error };
  // The engine makes no other try then, whatever the last one came to.
  if (isCancellation(failure) || retryState === 'CANCEL_REQUESTED')
    return { ...end, status: 'canceled', error: 'canceled' };
  if (cause instanceof TimeoutFailure && isOverall(cause)) return { ...end, status: 'killed' };
  if (type === UNKNOWN_FAILURE || (type === RETURNED_FAILURE && retry !== 'none'))
    return { ...end, status: 'returned' };
  if (type === KILLED_FAILURE) return { ...end, status: 'killed' };
  const isKnown = type === FINAL_FAILURE && outcome === undefined;
  if (retry === 'none' && !isKnown) return { ...end, status: 'uncertain' };
  return { ...end, status: retryState === 'TIMEOUT' ? 'late' : 'failed' };
}

function isOverall({ timeoutType }: TimeoutFailure): boolean {
  return timeoutType === 'SCHEDULE_TO_CLOSE' || timeoutType === 'SCHEDULE_TO_START';
}

function messageOf(cause: unknown): string {
  if (!(cause instanceof TimeoutFailure)) return cause instanceof Error ? cause.message : String(cause);
  if (isOverall(cause)) return 'the time of the job was over';
  return cause.timeoutType === 'HEARTBEAT' ? 'its worker was lost' : 'it took longer than its time limit';
}
