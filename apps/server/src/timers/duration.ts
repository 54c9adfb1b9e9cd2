import { Temporal } from 'temporal-polyfill';

const DURATION = /^P(?:\d+W)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d{1,3})?S)?)?$/;
const OF_NO_FIXED_LENGTH = /^P(?:\d+Y|\d+M)/;

const DURATION_ALLOWED = 'must be an ISO 8601 duration such as PT10S or P1DT2H';

/** The text is no duration that is taken here. */
export class InvalidDuration extends Error {}

/** An ISO 8601 duration in ms: weeks, days of 24 hours, hours, minutes, and seconds with up to 3 decimals. */
export function parseDuration(text: string): number {
  if (OF_NO_FIXED_LENGTH.test(text)) {
    throw new InvalidDuration('must not have years or months, which have no fixed length');
  }
  if (!DURATION.test(text) || text === 'P') throw new InvalidDuration(DURATION_ALLOWED);
  try {
    const { weeks, days, hours, minutes, seconds, milliseconds } = Temporal.Duration.from(text);
    return (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000 + milliseconds;
  } catch {
    throw new InvalidDuration('is too long');
  }
}

/** A duration in ms as ISO 8601, in days and less. */
export function formatDuration(ms: number): string {
  return Temporal.Duration.from({ milliseconds: ms }).round({ largestUnit: 'day' }).toString();
}
