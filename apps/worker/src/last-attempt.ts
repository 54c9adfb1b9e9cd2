import type { Info } from '@temporalio/activity';

/** What is tried without an end has no last attempt; by this one it is no passing trouble any more. */
const TOLD_AT_ATTEMPT = 10;

const DEFAULT_POLICY = { initialIntervalMs: 1_000, backoffCoefficient: 2 };

type AttemptInfo = Pick<
  Info,
  'attempt' | 'retryPolicy' | 'scheduledTimestampMs' | 'scheduleToCloseTimeoutMs'
>;

/** Whether the engine makes no other attempt after this one has failed with `error`. */
export function isLastAttempt(info: AttemptInfo, error: unknown, nowMs: number): boolean {
  const { attempt, retryPolicy = {}, scheduledTimestampMs, scheduleToCloseTimeoutMs } = info;
  const { maximumAttempts = 0, nonRetryableErrorTypes = [] } = retryPolicy;
  if (error instanceof Error && nonRetryableErrorTypes.includes(error.name)) return true;
  const isLimited = maximumAttempts > 0 && Number.isFinite(maximumAttempts);
  if (isLimited && attempt >= maximumAttempts) return true;
  if (scheduleToCloseTimeoutMs > 0) {
    return nowMs + nextPauseMs(attempt, retryPolicy) >= scheduledTimestampMs + scheduleToCloseTimeoutMs;
  }
  return !isLimited && attempt === TOLD_AT_ATTEMPT;
}

function nextPauseMs(attempt: number, policy: NonNullable<Info['retryPolicy']>): number {
  const initialMs = milliseconds(policy.initialInterval) ?? DEFAULT_POLICY.initialIntervalMs;
  const { backoffCoefficient = DEFAULT_POLICY.backoffCoefficient } = policy;
  const pauseMs = initialMs * backoffCoefficient ** (attempt - 1);
  return Math.min(pauseMs, milliseconds(policy.maximumInterval) ?? Infinity);
}

// As the engine tells it: as a number.
function milliseconds(duration: unknown): number | undefined {
  return typeof duration === 'number' ? duration : undefined;
}
