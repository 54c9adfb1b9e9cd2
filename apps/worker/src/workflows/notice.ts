import { decodeTimerId, encodeTimerId, MAX_GROUP_SIZE } from '#contracts/timer-id.js';
import type { Timer } from '#contracts/timers.js';
import type { WheelTimer } from './wheel-timer.js';

/** In a schedule's run fewer fit into an index than elsewhere. */
const MAX_RUN_INDEX = 255;

/**
 * The message that tells the client's url how a timer has ended: a timer itself, due at once. It asks for no message of
 * its own, so there is never a loop. Undefined if nobody wants to be told.
 */
export function noticeOf(
  { timer, ended, log }: Pick<WheelTimer, 'timer' | 'ended' | 'log'>,
  { index, nowMs }: { index: number; nowMs: number },
): Timer | undefined {
  const url = ended === 'delivered' ? timer.onSuccess : ended === 'canceled' ? undefined : timer.onFailure;
  const parts = decodeTimerId(timer.id);
  if (!ended || !url || !parts) return undefined;
  if (index >= (parts.leadSeconds === undefined ? MAX_GROUP_SIZE : MAX_RUN_INDEX)) return undefined;
  const last = log.at(-1);
  const status = timer.email && ended === 'delivered' ? 'sent' : ended;
  const dueAt = new Date(timer.dueMs).toISOString();
  const data = {
    id: timer.id,
    status,
    ...(timer.email ? { send_at: dueAt } : { url: timer.url, fire_at: dueAt }),
    attempts: last?.attempt ?? 0,
    last_attempt: last && {
      started_at: new Date(last.startedMs).toISOString(),
      finished_at: new Date(last.finishedMs).toISOString(),
      status_code: last.statusCode ?? null,
      error: last.error ?? null,
      ...(timer.email && { reason: last.reason ?? null }),
    },
    labels: timer.labels,
    schedule_id: timer.scheduleId,
  };
  return {
    // Under the due time of the timer it tells of: in the run of a schedule that leads to the workflow.
    id: encodeTimerId({ ...parts, index }),
    dueMs: nowMs,
    url,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      type: `${timer.email ? 'email' : 'timer'}.${status}`,
      timestamp: new Date(nowMs).toISOString(),
      data,
    }),
    noticeOf: timer.id,
    ...(timer.trace && { trace: timer.trace }),
  };
}
