import { Temporal } from 'temporal-polyfill';

/** Minutes of the day, and days (1 is Monday) on which it begins; over midnight if it ends before it begins. */
export interface DayWindow {
  fromMinute: number;
  untilMinute: number;
  days: readonly number[];
}

export interface SendTimes {
  /** One moment for all, ms since the epoch. */
  atMs?: number;
  /** A time of day, the same for each where they are. */
  local?: string;
  window?: DayWindow;
}

/** From a day on a window can be closed for the rest of a week, and clocks may skip it on its only day. */
const DAYS_AHEAD = 15;
const DAY_MINUTES = 24 * 60;
const WEEK_MS = 7 * DAY_MINUTES * 60_000;
/** What is further off than a hundred years nobody waits for, and calendars end. */
const MAX_WEEKS = 5_200;

/** When a message goes out to somebody in a time zone: never before now, and not while the window is closed there. */
export function sendTime({ atMs, local, window }: SendTimes, timezone: string, nowMs: number): number {
  const wishMs = local === undefined ? (atMs ?? nowMs) : localMs(local, timezone);
  const fromMs = Math.max(wishMs, nowMs);
  return window ? nextOpenMs(window, timezone, fromMs) : fromMs;
}

/** The first moment from then on when the window is open; `fromMs` itself if it is. */
export function nextOpenMs(window: DayWindow, timezone: string, fromMs: number): number {
  return openTime(window, timezone, fromMs).fromMs;
}

/** When the window has been open for so long, all in all, from then on. Weeks whose clocks change count as any other. */
export function afterOpenMs(window: DayWindow, timezone: string, fromMs: number, openMs: number): number {
  const minutes = (window.untilMinute - window.fromMinute + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
  const weekMs = minutes * 60_000 * new Set(window.days).size;
  // What fills the last week to its end ends with it, not at the next opening.
  const weeks = Math.max(0, Math.ceil(openMs / weekMs) - 1);
  if (weeks > MAX_WEEKS) return Infinity;
  let leftMs = openMs - weeks * weekMs;
  for (let nextMs = fromMs + weeks * WEEK_MS; ;) {
    const open = openTime(window, timezone, nextMs);
    const lengthMs = open.untilMs - open.fromMs;
    if (leftMs <= lengthMs) return open.fromMs + leftMs;
    leftMs -= lengthMs;
    nextMs = open.untilMs;
  }
}

/** When it is open next from then on, and until when. */
function openTime(window: DayWindow, timezone: string, fromMs: number): { fromMs: number; untilMs: number } {
  const from = Temporal.Instant.fromEpochMilliseconds(Math.ceil(fromMs)).toZonedDateTimeISO(timezone);
  // A window that began the day before may still be open.
  for (let day = -1; day < DAYS_AHEAD; day++) {
    const date = from.toPlainDate().add({ days: day });
    if (!window.days.includes(date.dayOfWeek)) continue;
    const beginsMs = minuteOf(date, window.fromMinute, timezone);
    const overMidnight = window.untilMinute <= window.fromMinute ? 1 : 0;
    const endsMs = minuteOf(date.add({ days: overMidnight }), window.untilMinute, timezone);
    if (endsMs > fromMs && endsMs > beginsMs) return { fromMs: Math.max(beginsMs, fromMs), untilMs: endsMs };
  }
  return { fromMs, untilMs: Infinity };
}

/** A local time there, ms since the epoch: what clocks skip moves forward, of what comes twice the earlier is meant. */
export function localMs(local: string, timezone: string): number {
  return Temporal.PlainDateTime.from(local).toZonedDateTime(timezone, { disambiguation: 'compatible' })
    .epochMilliseconds;
}

function minuteOf(date: Temporal.PlainDate, minute: number, timezone: string): number {
  const [hour, rest] = [Math.floor(minute / 60), minute % 60];
  // The end of a day is the beginning of the next.
  const [day, time] = hour === 24 ? [date.add({ days: 1 }), '00:00'] : [date, `${two(hour)}:${two(rest)}`];
  return localMs(`${day.toString()}T${time}`, timezone);
}

const two = (number: number) => String(number).padStart(2, '0');
