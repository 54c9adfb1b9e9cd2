import { describe, expect, it } from '@jest/globals';
import { formatDuration, parseDuration } from './duration.js';

describe('a duration', () => {
  it.each([
    ['PT0S', 0],
    ['PT10S', 10_000],
    ['PT0.001S', 1],
    ['PT1.5S', 1_500],
    ['PT90M', 5_400_000],
    ['PT36H', 129_600_000],
    ['P1D', 86_400_000],
    ['P2W', 1_209_600_000],
    ['P1W2DT3H4M5.678S', 788_645_678],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['P1Y', 'P1M', 'P1Y2M3D', 'P1M1DT1H'])('of years or months is refused: %s', (text) => {
    expect(() => parseDuration(text)).toThrow('must not have years or months');
  });

  it.each([
    ...['', 'P', 'PT', 'P1DT', '10', 'PT10', '10S', 'pt10s', 'PT-10S', '-PT10S', '+PT10S', 'PT1.5M', 'P0.5D'],
    ...['PT1,5S', 'PT0.0001S', ' PT1S', 'PT1S ', 'PT1S\n', 'P1D1W', 'PT1M1H', 'PT١S', 'PT.5S', 'P1DT1D'],
  ])('that is none is refused: "%s"', (text) => {
    expect(() => parseDuration(text)).toThrow('must be an ISO 8601 duration');
  });

  it('that no clock could count is refused, not counted wrong', () => {
    expect(() => parseDuration(`P${'9'.repeat(30)}D`)).toThrow('is too long');
  });

  it.each([
    [1_000, 'PT1S'],
    [1_500, 'PT1.5S'],
    [60_000, 'PT1M'],
    [604_800_000, 'P7D'],
  ])('of %d ms is written as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
