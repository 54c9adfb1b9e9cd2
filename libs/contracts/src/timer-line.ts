import type { AttemptRecord, TimerEnd, TimerView } from './timers.js';

/**
 * One timer in the memo `timers` of its workflow, by its index. Readable without a worker, and brought up to date when
 * a status changes, or a timer is postponed.
 */
export interface TimerLine {
  id: string;
  dueMs: number;
  status: TimerView['status'];
  /** Of the destination, in lower case and ASCII, with its port where that is not the usual one. */
  host: string;
  /** When the timer was set. */
  createdMs: number;
  /** When the wheel learned that the status had changed the last time: the line says so from then on. */
  changedMs: number;
  nextAttemptMs: number;
  attempts: number;
  version: number;
  /** From when the first attempt should have begun until it did. */
  latenessMs?: number;
  /** Before it was redelivered. */
  earlierEnds?: TimerEnd[];
  /** What the last attempt came to, where the timer has failed. */
  failure?: TimerView['failure'];
  labels?: Record<string, string>;
  scheduleId?: string;
}

/** The name of the memo's entry. */
export const TIMER_LINES = 'timers';

export function timerLine(view: TimerView, log: readonly AttemptRecord[] = []): TimerLine {
  const { timer, held: _held, plannedMs: _planned, ...state } = view;
  const [first] = log;
  return {
    ...{ id: timer.id, dueMs: timer.dueMs, host: timer.host ?? hostOf(timer.url), ...state },
    ...(first && { latenessMs: first.startedMs - first.scheduledMs }),
    ...(timer.labels && { labels: timer.labels }),
    ...(timer.scheduleId && { scheduleId: timer.scheduleId }),
  };
}

/** As it is written: workflow code has no URL class to rely on. Where one tells it otherwise the timer has it. */
export function hostOf(url: string): string {
  return /^https?:\/\/([^/?#]*)/i.exec(url)?.[1]?.toLowerCase() ?? '';
}
