import type { RetryPolicy } from '@temporalio/workflow';
import { FINAL_FAILURE } from '#contracts/job.js';
import type { RetryPlan } from '#contracts/job-plan.js';

/** What the engine is told of a retry plan of which so many tries have ended: it begins to count anew. */
export function retryPolicy(
  retry: RetryPlan | 'none',
  triesBefore: number,
): RetryPolicy & { maximumAttempts: number } {
  if (retry === 'none') return { maximumAttempts: 1 };
  const { maxAttempts, initialDelayMs, factor, maxDelayMs } = retry;
  const mostMs = Math.max(1, initialDelayMs, maxDelayMs);
  return {
    maximumAttempts: Math.max(1, maxAttempts - triesBefore),
    initialInterval: Math.min(mostMs, Math.max(1, initialDelayMs) * factor ** triesBefore),
    backoffCoefficient: factor,
    maximumInterval: mostMs,
    nonRetryableErrorTypes: [FINAL_FAILURE],
  };
}
