import { Temporal } from 'temporal-polyfill';
import { invalid } from '../http/problem.exception.js';
import type { ProblemException } from '../http/problem.exception.js';
import { formatInstant, hasOffset, milliseconds, parseInstant } from '../http/rfc3339.js';
import { shown } from '../http/validation.js';
import { InvalidDuration, parseDuration } from './duration.js';
import type { TimedDeliveryDto } from './timed-delivery.dto.js';

const LOCAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?$/i;
/** What Temporal takes besides are offsets. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9._+/-]*$/;
const MAX_ZONE_LENGTH = 64;
const DAY_MS = 86_400_000;

type When = Pick<TimedDeliveryDto, 'hours' | 'minutes' | 'seconds' | 'delay' | 'fire_at' | 'timezone'>;
type Expiry = Pick<TimedDeliveryDto, 'expires_at' | 'expires_in'>;

interface Bounds {
  nowMs: number;
  /** How far ahead a timer may be set. */
  horizonMs: number;
  /** What the client calls `fire_at`. */
  timeField?: string;
}

/**
 * When the timer is due, ms since the epoch; undefined if nothing says so. Throws a problem if it is said in two ways, in
 * no way that can be understood, or is too far ahead.
 */
export function dueTime(when: When, { nowMs, horizonMs, timeField = 'fire_at' }: Bounds): number | undefined {
  const { hours, minutes, seconds, delay, fire_at, timezone } = when;
  const periods = Object.entries({ hours, minutes, seconds }).filter(([, value]) => value !== undefined);
  const ways = [
    ...(periods.length > 0 ? [periods.map(([name]) => name).join(', ')] : []),
    ...(delay !== undefined ? ['delay'] : []),
    ...(fire_at !== undefined ? [timeField] : []),
  ];
  if (ways.length > 1)
    throw refused(ways.join(' and '), 'say twice when it is due; only one way is possible');
  if (timezone !== undefined && fire_at === undefined) {
    throw refused('timezone', `is only possible with a local ${timeField}`);
  }
  const field = periods.length > 0 ? 'hours, minutes, seconds' : (ways[0] ?? '');
  if (periods.length > 0) {
    const delayMs = ((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000;
    const got = `${hours ?? 0} h ${minutes ?? 0} min ${seconds ?? 0} s`;
    return ahead(field, delayMs, { nowMs, horizonMs }, `together, got ${got}`);
  }
  if (delay !== undefined) return ahead(field, duration(field, delay), { nowMs, horizonMs });
  if (fire_at === undefined) return undefined;
  const dueMs =
    timezone === undefined
      ? instant(field, fire_at, { mayBeLocal: true })
      : localTime(field, fire_at, timezone);
  return ahead(field, Math.max(0, dueMs - nowMs), { nowMs, horizonMs });
}

/** From when on no attempt is begun, ms since the epoch; undefined if nothing says so. Must be after the due time. */
export function expiryTime(
  { expires_at, expires_in }: Expiry,
  dueMs: number,
  { nowMs, horizonMs }: Bounds,
): number | undefined {
  if (expires_at !== undefined && expires_in !== undefined) {
    throw refused('expires_at and expires_in', 'say twice when the timer expires; only one way is possible');
  }
  const field = expires_at !== undefined ? 'expires_at' : 'expires_in';
  const text = expires_at ?? expires_in;
  if (text === undefined) return undefined;
  const inMs = expires_at === undefined ? duration(field, text) : instant(field, text) - nowMs;
  const expiresMs = ahead(field, inMs, { nowMs, horizonMs });
  if (expiresMs > dueMs) return expiresMs;
  throw refused(field, `must be after the timer is due, which is ${formatInstant(dueMs)}`);
}

function ahead(field: string, delayMs: number, { nowMs, horizonMs }: Bounds, got = 'ahead'): number {
  if (delayMs <= horizonMs) return nowMs + delayMs;
  throw refused(field, `must be at most ${horizonMs / DAY_MS} days ${got}`);
}

/** A duration in ms. Throws a problem with this field. */
export function duration(field: string, text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof InvalidDuration) throw refused(field, error.message, text);
    throw error;
  }
}

/** A time with an offset, ms since the epoch; see `parseInstant`. Throws a problem with this field. */
export function instant(field: string, text: string, { mayBeLocal = false } = {}): number {
  const ms = parseInstant(text);
  if (ms !== undefined) return ms;
  if (mayBeLocal && LOCAL.test(text)) {
    throw refused(field, 'must have an offset or Z, or go with a timezone', text);
  }
  throw refused(field, 'must be a time such as 2027-03-28T09:30:00Z', text);
}

function localTime(field: string, text: string, timezone: string): number {
  if (hasOffset(text)) {
    throw refused('timezone', `is not possible with a ${field} that has an offset`);
  }
  if (!isZone(timezone)) {
    throw refused('timezone', 'must be the IANA name of a time zone such as Europe/Berlin', timezone);
  }
  if (LOCAL.test(text)) {
    try {
      const local = Temporal.PlainDateTime.from(text);
      return milliseconds(local.toZonedDateTime(timezone, { disambiguation: 'compatible' }).toInstant());
    } catch {
      // such as a 30th of February
    }
  }
  throw refused(field, 'must be a local time such as 2027-03-28T09:30:00', text);
}

/** Whether this is a zone of the IANA time zone database. */
export function isZone(name: string): boolean {
  if (name.length > MAX_ZONE_LENGTH || !ZONE_NAME.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

function refused(field: string, message: string, got?: string): ProblemException {
  return invalid([{ field, message: got === undefined ? message : `${message}, got ${shown(got)}` }]);
}
