import { Validate, ValidatorConstraint } from 'class-validator';
import type { ValidatorConstraintInterface } from 'class-validator';
import { Temporal } from 'temporal-polyfill';

/** RFC 3339 §5.6. */
const WITH_OFFSET = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;

const LEAP_SECOND = /T\d\d:\d\d:60/i;

/** Whether it is written like a time with an offset, which may be none on the calendar. */
export function hasOffset(text: string): boolean {
  return WITH_OFFSET.test(text);
}

/**
 * A time with an offset, ms since the epoch; undefined if it is none. Never before the one that is written: what is finer
 * than a millisecond is rounded up, and so is a leap second.
 */
export function parseInstant(text: string): number | undefined {
  if (!hasOffset(text)) return undefined;
  try {
    // A leap second, which is taken for the second before it.
    const later = LEAP_SECOND.test(text) ? 1 : 0;
    return milliseconds(Temporal.Instant.from(text).add({ seconds: later }));
  } catch {
    // such as a 30th of February
    return undefined;
  }
}

/** In UTC, to the millisecond; null if there is none. */
export function formatInstant(ms: number): string;
export function formatInstant(ms: number | undefined): string | null;
export function formatInstant(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

export function milliseconds(time: Temporal.Instant): number {
  return time.round({ smallestUnit: 'millisecond', roundingMode: 'ceil' }).epochMilliseconds;
}

@ValidatorConstraint({ name: 'instant' })
class IsOnTheCalendar implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'string' && parseInstant(value) !== undefined;
  }

  defaultMessage(): string {
    return 'must be a time as in 2026-11-22T10:00:00Z or 2026-11-22T12:00:00+02:00';
  }
}

/** A moment: RFC 3339 with an offset, to be read with `parseInstant`. */
export function IsInstant(): PropertyDecorator {
  return Validate(IsOnTheCalendar);
}
