import type { Timer, TimerView } from '#contracts/timers.js';

/** A timer that was just set. */
export function newView(timer: Timer, nowMs: number): TimerView {
  const progress = { nextAttemptMs: timer.dueMs, held: false, attempts: 0, version: 0 };
  return { timer, status: 'scheduled', ...progress, createdMs: nowMs, changedMs: nowMs };
}
