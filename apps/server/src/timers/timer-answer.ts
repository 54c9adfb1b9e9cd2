import { statusAt } from '#contracts/timers.js';
import type { Timer, TimerView } from '#contracts/timers.js';
import { formatInstant } from '../http/rfc3339.js';
import { formatDuration } from './duration.js';
import { newView } from '#timers/new-view.js';
import type { TimerDto } from './timers.dto.js';

const ENDED = new Set<TimerView['status']>(['delivered', 'failed', 'canceled', 'expired']);

/** How a timer stands, and what was asked of it. */
export function timerAnswer(view: TimerView, nowMs = Date.now()): TimerDto {
  const { timer, attempts, version } = view;
  return {
    ...{ id: timer.id, status: statusAt(view, nowMs), url: timer.url },
    ...firing(timer.dueMs, nowMs),
    next_attempt_at: ENDED.has(view.status) ? null : formatInstant(view.nextAttemptMs),
    attempts,
    version,
    ...asked(timer),
  };
}

/** The answer to whoever has just set it. */
export function newTimerAnswer(timer: Timer, nowMs: number): TimerDto {
  return timerAnswer(newView(timer, nowMs), nowMs);
}

/** All that is known of a timer whose record is gone. */
export function purgedAnswer(id: string, dueMs: number): TimerDto {
  return { id, status: 'purged', url: null, ...firing(dueMs, Date.now()), next_attempt_at: null };
}

function firing(dueMs: number, nowMs: number): Pick<TimerDto, 'fire_at' | 'time_left'> {
  return { fire_at: formatInstant(dueMs), time_left: Math.max(0, Math.ceil((dueMs - nowMs) / 1000)) };
}

function asked(timer: Timer): Partial<TimerDto> {
  const { method, headers, body, bodyEncoding, expiresMs, timeoutMs, retryDelaysMs, labels } = timer;
  const { successStatuses, onSuccess, onFailure, flow, scheduleId } = timer;
  return {
    ...(expiresMs !== undefined && { expires_at: formatInstant(expiresMs) }),
    ...(method && { method }),
    ...(headers && { headers }),
    ...(body !== undefined && (bodyEncoding ? { body_base64: body } : { body: JSON.parse(body) as unknown })),
    ...(timeoutMs !== undefined && { timeout_seconds: timeoutMs / 1000 }),
    ...(retryDelaysMs && {
      retry: { max_attempts: retryDelaysMs.length + 1, delays_seconds: retryDelaysMs.map((ms) => ms / 1000) },
    }),
    ...(labels && { labels }),
    ...(successStatuses && { success_statuses: successStatuses }),
    ...(onSuccess && { on_success: onSuccess }),
    ...(onFailure && { on_failure: onFailure }),
    ...(flow && { flow: flowAnswer(flow) }),
    ...(scheduleId && { schedule_id: scheduleId }),
  };
}

function flowAnswer({ key, rate, periodMs, parallelism }: NonNullable<Timer['flow']>): TimerDto['flow'] {
  return {
    key,
    ...(rate !== undefined && { rate }),
    ...(periodMs !== undefined && { period: formatDuration(periodMs) }),
    ...(parallelism !== undefined && { parallelism }),
  };
}
