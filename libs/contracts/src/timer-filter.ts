import type { TimerLine } from './timer-line.js';

/** Which timers of a tenant are meant: those to which all of it applies. Empty, it means all of them. */
export interface TimerFilter {
  statuses?: TimerLine['status'][];
  labels?: [key: string, value: string][];
  /** Of the destination, as lines have it. */
  host?: string;
  /** Due at this time or later, ms since the epoch. */
  dueFromMs?: number;
  /** Due before this time. */
  dueUntilMs?: number;
  scheduleId?: string;
  /** Set before this time. */
  createdBeforeMs?: number;
  /** In a group whose present run began at this time or later: each time it goes on in a new run this is a new time. */
  runFromMs?: number;
  /** In its status since before this time. */
  changedBeforeMs?: number;
}

export function matchesFilter(line: TimerLine, filter: TimerFilter): boolean {
  const { statuses, labels = [], host, dueFromMs = 0, dueUntilMs = Infinity, scheduleId } = filter;
  const { createdBeforeMs = Infinity, changedBeforeMs = Infinity } = filter;
  return (
    (!statuses || statuses.includes(line.status)) &&
    labels.every(([key, value]) => line.labels?.[key] === value) &&
    (host === undefined || line.host === host) &&
    line.dueMs >= dueFromMs &&
    line.dueMs < dueUntilMs &&
    (scheduleId === undefined || line.scheduleId === scheduleId) &&
    line.createdMs < createdBeforeMs &&
    line.changedMs < changedBeforeMs
  );
}
