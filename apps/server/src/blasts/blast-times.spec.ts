import { describe, expect, it } from '@jest/globals';
import { newTimes } from './blast-times.js';

const NOW = '2026-11-22T12:00:00.000Z';
const bounds = { nowMs: Date.parse(NOW), horizonMs: 3_650 * 86_400_000 };
const timesOf = (scheduled_at?: string, kill_at?: string) =>
  newTimes({ scheduled_at, timezone: 'Europe/Berlin', kill_at }, bounds);

describe('the times of a new blast', () => {
  it.each([
    ['a moment', '2026-11-22T12:00:00.001Z'],
    ['a local time that comes everywhere', '2026-11-23T09:00:00'],
    ['a local time that is over in the east', '2026-11-22T09:00:00'],
    ['the last minute in the last zone', '2026-11-22T00:01:00'],
  ])('may be %s ahead', (_what, scheduled_at) => {
    expect(timesOf(scheduled_at).times.atMs).toBeDefined();
  });

  it.each([
    ['now', NOW],
    ['a moment that has passed', '2026-11-22T11:59:59Z'],
    ['a local time that has passed everywhere', '2026-11-22T00:00:00'],
    ['one of long ago', '1987-01-01T00:00:00'],
  ])('are not %s, and the answer says what is allowed', (_what, scheduled_at) => {
    expect(() => timesOf(scheduled_at)).toThrow(
      new RegExp(`^scheduled_at must lie ahead of now \\(${NOW}\\).*; without it .* got "${scheduled_at}"$`),
    );
  });

  it('leave a draft to its client where nothing is said', () => {
    expect(timesOf()).toEqual({ times: { timezone: 'Europe/Berlin' }, killAt: null });
  });

  it('do not end before they begin', () => {
    const start = '2026-11-23T00:00:00Z';
    expect(() => timesOf(start, start)).toThrow(
      /^kill_at must be after the start \(2026-11-23T00:00:00.000Z\), got/,
    );
    expect(() => timesOf(undefined, NOW)).toThrow(/^kill_at must be after now \(/);
  });
});
