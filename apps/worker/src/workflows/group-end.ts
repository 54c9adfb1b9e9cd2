import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow';
import { FINAL_FAILURE, KILLED_FAILURE, RETURNED_FAILURE } from '#contracts/job.js';
import type { GroupFailure } from '#contracts/job.js';
import type { GroupPlan } from '#contracts/job-plan.js';

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

/** What the failure of a group's activity means for its job. */
export function groupEnd(failure: unknown, { retry }: GroupPlan): GroupEnd {
  const { cause, retryState } =
    failure instanceof ActivityFailure ? failure : { cause: failure, retryState: undefined };
  const tells = cause instanceof ApplicationFailure || cause instanceof CancelledFailure;
  const told = tells ? (cause.details?.[0] as GroupFailure | undefined) : undefined;
  // Where its worker could not tell.
  const most = retryState === 'MAXIMUM_ATTEMPTS_REACHED' ? (retry === 'none' ? 1 : retry.maxAttempts) : 0;
  const tries = told?.tries ?? most;
  const begun =
    told !== undefined || (cause instanceof TimeoutFailure && cause.timeoutType !== 'SCHEDULE_TO_START');
  const end = { ...told, tries, begun, error: messageOf(cause) };
  if (isCancellation(failure)) return { ...end, status: 'canceled', error: 'canceled' };
  if (cause instanceof TimeoutFailure && isOverall(cause)) return { ...end, status: 'killed' };
  const type = cause instanceof ApplicationFailure ? cause.type : undefined;
  if (type === RETURNED_FAILURE) return { ...end, status: 'returned' };
  if (type === KILLED_FAILURE) return { ...end, status: 'killed' };
  if (retry === 'none' && type !== FINAL_FAILURE) return { ...end, status: 'uncertain' };
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
