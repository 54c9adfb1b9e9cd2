import { describe, expect, it } from '@jest/globals';
import { parseInstant } from './rfc3339.js';

describe('a moment', () => {
  it.each([
    ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00.000Z'],
    ['2026-11-22t12:00:00.5+02:00', '2026-11-22T10:00:00.500Z'],
    // Never earlier than it is written.
    ['2026-11-22T10:00:00.0001Z', '2026-11-22T10:00:00.001Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(new Date(parseInstant(text) ?? NaN).toISOString()).toBe(expected);
  });

  it.each([
    ...['', '2026', '2026-11-22', '2026-11-22T10:00:00', '2026-11-22T10:00Z', '2026-11-31T10:00:00Z'],
    ...['2026-11-22T24:00:00Z', '2026-11-22T10:00:00+25:00', '2026-11-22 10:00:00Z', '1795305600'],
  ])('is not %j', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });
});
