import type { BlastTimes, BlastWindow } from '#contracts/blast.js';
import { localMs } from '#messages/send-times.js';
import { formatInstant, hasOffset } from '../http/rfc3339.js';
import { invalid } from '../http/problem.exception.js';
import { shown } from '../http/validation.js';
import { instant, isZone } from '../timers/when.js';
import type { BlastWindowDto } from './blast-window.dto.js';

const LOCAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?$/i;
const DAY_MS = 86_400_000;
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
/** There it is every local time before it is anywhere else, and after it is everywhere else. */
const [FIRST_ZONE, LAST_ZONE] = ['Pacific/Kiritimati', 'Etc/GMT+12'];

interface Wish {
  scheduled_at?: string;
  timezone: string;
  window?: BlastWindowDto | null;
}

interface Bounds {
  nowMs: number;
  horizonMs: number;
}

/**
 * Of a new blast: when it starts and is killed. Throws a problem if that can not be understood, or has passed: recipients
 * come after it, so a start at once would have none.
 */
export function newTimes(
  wish: Wish & { kill_at?: string | null },
  bounds: Bounds,
): { times: BlastTimes; killAt: Date | null } {
  const times = blastTimes(wish, bounds);
  checkAhead(wish.scheduled_at, times, bounds.nowMs);
  const { kill_at = null } = wish;
  return { times, killAt: kill_at === null ? null : killTime(kill_at, times, bounds) };
}

/** Throws a problem unless the time that was asked for is still to come, for somebody at least if it is a local one. */
export function checkAhead(
  scheduled_at: string | undefined,
  { atMs, local }: BlastTimes,
  nowMs: number,
): void {
  if (scheduled_at === undefined || atMs === undefined) return;
  if ((local === undefined ? atMs : localMs(local, LAST_ZONE)) > nowMs) return;
  const where = local === undefined ? '' : ', in some time zone at least';
  const now = formatInstant(nowMs);
  throw refused(
    'scheduled_at',
    `must lie ahead of now (${now})${where}; without it a blast starts when it is told to`,
    scheduled_at,
  );
}

/** When messages go out. Throws a problem if that can not be understood, or is too far ahead. */
export function blastTimes({ scheduled_at, timezone, window }: Wish, bounds: Bounds): BlastTimes {
  if (!isZone(timezone))
    throw refused('timezone', 'must be the IANA name of a time zone such as Europe/Berlin', timezone);
  const times: BlastTimes = { timezone, ...(window && { window: windowOf(window) }) };
  if (scheduled_at === undefined) return times;
  if (hasOffset(scheduled_at))
    return {
      ...times,
      atMs: within('scheduled_at', scheduled_at, instant('scheduled_at', scheduled_at), bounds),
    };
  const atMs = LOCAL.test(scheduled_at) ? firstMs(scheduled_at) : undefined;
  if (atMs === undefined) {
    const message = 'must be a time such as 2027-03-28T09:30:00Z, or a local one such as 2027-03-28T09:30:00';
    throw refused('scheduled_at', message, scheduled_at);
  }
  // The list is made when the first could be due.
  return { ...times, local: scheduled_at, atMs: within('scheduled_at', scheduled_at, atMs, bounds) };
}

/** Whether its time is still to come: one whose time has passed, if only somewhere, is told when its recipients are there. */
export function startsByItself({ atMs = 0 }: BlastTimes, nowMs: number): boolean {
  return atMs > nowMs;
}

/** Throws a problem unless it lies ahead, and after the start. */
export function killTime(kill_at: string, { atMs = 0 }: Pick<BlastTimes, 'atMs'>, bounds: Bounds): Date {
  const killMs = within('kill_at', kill_at, instant('kill_at', kill_at), bounds);
  const least = Math.max(atMs, bounds.nowMs);
  if (killMs > least) return new Date(killMs);
  const what = atMs > bounds.nowMs ? 'the start' : 'now';
  throw refused('kill_at', `must be after ${what} (${formatInstant(least)})`, kill_at);
}

export function windowDto({ fromMinute, untilMinute, days }: BlastWindow): BlastWindowDto {
  return { from: clock(fromMinute), until: clock(untilMinute), days };
}

function windowOf({ from, until, days = EVERY_DAY }: BlastWindowDto): BlastWindow {
  const [fromMinute, untilMinute] = [minuteOf(from), minuteOf(until)];
  if (fromMinute === untilMinute) throw refused('window.until', 'must be another time than from', until);
  return { fromMinute, untilMinute, days: [...days].sort() };
}

function firstMs(local: string): number | undefined {
  try {
    return localMs(local, FIRST_ZONE);
  } catch {
    // such as a 30th of February
    return undefined;
  }
}

function minuteOf(clockTime: string): number {
  const [hour = 0, minute = 0] = clockTime.split(':').map(Number);
  return hour * 60 + minute;
}

function clock(minuteOfDay: number): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${two(Math.floor(minuteOfDay / 60))}:${two(minuteOfDay % 60)}`;
}

function within(field: string, written: string, ms: number, { nowMs, horizonMs }: Bounds): number {
  if (ms - nowMs <= horizonMs) return ms;
  throw refused(field, `must be at most ${horizonMs / DAY_MS} days ahead`, written);
}

function refused(field: string, message: string, got?: string) {
  return invalid([{ field, message: got === undefined ? message : `${message}, got ${shown(got)}` }]);
}
