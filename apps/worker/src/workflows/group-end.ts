import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { FINAL_FAILURE } from '#contracts/job.js';
import type { GroupFailure } from '#contracts/job.js';
import type { GroupPlan } from '#contracts/job-plan.js';

/**
 * How a group has ended that did not end well. `killed`: its job's time was over. `late`: another try would be after that
 * time.
 */
export interface GroupEnd extends Partial<GroupFailure> {
  status: 'failed' | 'uncertain' | 'canceled' | 'killed' | 'late';
  tries: number;
  error?: string;
}

/** What the failure of a group's activity means for its job. */
export function groupEnd(failure: unknown, { retry }: GroupPlan): GroupEnd {
  const { cause, retryState } =
    failure instanceof ActivityFailure ? failure : { cause: failure, retryState: undefined };
  const told =
    cause instanceof ApplicationFailure ? (cause.details?.[0] as GroupFailure | undefined) : undefined;
  const tries = told?.tries ?? (retry === 'none' ? 1 : retry.maxAttempts);
  const end = { tries, startedMs: told?.startedMs, error: messageOf(cause) };
  if (isCancellation(failure)) return { ...end, status: 'canceled', error: 'canceled' };
  if (cause instanceof TimeoutFailure && isOverall(cause)) return { ...end, status: 'killed' };
  const isFinal = cause instanceof ApplicationFailure && cause.type === FINAL_FAILURE;
  if (retry === 'none' && !isFinal) return { ...end, status: 'uncertain' };
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
