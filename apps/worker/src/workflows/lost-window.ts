import { ActivityFailure, CancelledFailure, TimeoutFailure } from '@temporalio/workflow';
import type { WindowEnd, WindowRecord } from '#contracts/delivery.js';

/**
 * What is known of a window whose activity did not come to its end, and whether a worker had begun it: one that was
 * called off before any worker took it has sent nothing.
 */
export function lostWindow(error: unknown): { end: WindowEnd; begun: boolean } {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const end: WindowEnd = { attempts: [], inFlight: [] };
  if (cause instanceof CancelledFailure) return { end, begun: false };
  const record = (cause instanceof TimeoutFailure ? cause.lastHeartbeatDetails : undefined) as
    WindowRecord | undefined;
  return { end: { ...end, attempts: record?.attempts ?? [] }, begun: true };
}
