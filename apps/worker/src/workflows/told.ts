import { ApplicationFailure } from '@temporalio/workflow';
import { MAX_OUTCOME_BYTES, REFUSED_FAILURE } from '#contracts/job.js';
import type { GroupFailure, GroupOutcome } from '#contracts/job.js';

/** Of what JavaScript takes for a time. */
const MAX_TIME_MS = 8.64e15;

/** What a worker, perhaps in another language, says that a group leaves behind, without what that cannot be. */
export function toldOutcome(value: unknown): GroupOutcome {
  const { data, children, contributions } = fieldsOf<GroupOutcome>(value);
  return {
    ...(data !== undefined && { data }),
    // Checked when they are settled.
    ...(children && { children }),
    ...(contributions && { contributions }),
    ...toldTry(value),
  };
}

/** Why a group has not ended well that leaves behind more than a job can carry along. */
export function refusedOutcome({
  tries = 1,
  startedMs,
  ...left
}: GroupOutcome): ApplicationFailure | undefined {
  const bytes = new TextEncoder().encode(JSON.stringify(left)).length;
  if (bytes <= MAX_OUTCOME_BYTES) return undefined;
  const message = `what the group leaves behind has ${bytes} bytes, ${MAX_OUTCOME_BYTES} are allowed`;
  return ApplicationFailure.nonRetryable(message, REFUSED_FAILURE, { tries, startedMs });
}

/** What a worker says of a try that has failed. */
export function toldFailure(value: unknown): Partial<GroupFailure> {
  const { pauseMs } = fieldsOf<GroupFailure>(value);
  return { ...toldTry(value), ...(isWithin(pauseMs, 0, MAX_TIME_MS) && { pauseMs }) };
}

function toldTry(value: unknown): { tries?: number; startedMs?: number } {
  const { tries, startedMs } = fieldsOf<GroupFailure>(value);
  return {
    ...(isWithin(tries, 0, Number.MAX_SAFE_INTEGER) && { tries: Math.floor(tries) }),
    ...(isWithin(startedMs, 0, MAX_TIME_MS) && { startedMs }),
  };
}

function fieldsOf<T>(value: unknown): Partial<T> {
  return typeof value === 'object' && value !== null ? value : {};
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most;
}
