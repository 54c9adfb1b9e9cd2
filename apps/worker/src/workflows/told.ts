import { ApplicationFailure } from '@temporalio/workflow';
import { MAX_OUTCOME_BYTES, REFUSED_FAILURE } from '#contracts/job.js';
import type { GroupFailure, GroupOutcome } from '#contracts/job.js';

/** Of what JavaScript takes for a time. */
const MAX_TIME_MS = 8.64e15;

/**
 * What a worker, perhaps in another language, says that a group leaves behind, without what that cannot be. Throws if it is
 * more than a job can carry along.
 */
export function toldOutcome(value: unknown): GroupOutcome {
  const bytes = new TextEncoder().encode(JSON.stringify(value)).length;
  if (bytes > MAX_OUTCOME_BYTES)
    throw ApplicationFailure.nonRetryable(
      `what the group leaves behind has ${bytes} bytes, ${MAX_OUTCOME_BYTES} are allowed`,
      REFUSED_FAILURE,
    );
  const { data, children, contributions } = fieldsOf<GroupOutcome>(value);
  return {
    ...(data !== undefined && { data }),
    // Checked when they are settled.
    ...(children && { children }),
    ...(contributions && { contributions }),
    ...toldTry(value),
  };
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
