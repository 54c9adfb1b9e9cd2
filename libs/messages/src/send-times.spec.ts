import { describe, expect, it } from '@jest/globals';
import { afterOpenMs, localMs, nextOpenMs, sendTime } from './send-times.js';

const ms = (time: string) => Date.parse(time);
const iso = (timeMs: number) => new Date(timeMs).toISOString();
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const nine = { fromMinute: 9 * 60, untilMinute: 17 * 60, days: EVERY_DAY };
const NOW = ms('2027-03-01T00:00:00Z');

describe('sendTime', () => {
  it('is one moment for all where it has an offset', () => {
    const times = { atMs: ms('2027-03-01T08:00:00Z') };
    for (const zone of ['Asia/Tokyo', 'America/New_York'])
      expect(iso(sendTime(times, zone, NOW))).toBe('2027-03-01T08:00:00.000Z');
  });

  it('is the same time of day for each where it has none', () => {
    const times = { local: '2027-03-02T09:00:00' };
    expect(iso(sendTime(times, 'Asia/Tokyo', NOW))).toBe('2027-03-02T00:00:00.000Z');
    expect(iso(sendTime(times, 'Europe/Berlin', NOW))).toBe('2027-03-02T08:00:00.000Z');
    expect(iso(sendTime(times, 'America/New_York', NOW))).toBe('2027-03-02T14:00:00.000Z');
  });

  it('is now for those for whom the time has passed', () => {
    expect(sendTime({ local: '2027-03-01T00:00:00' }, 'Asia/Tokyo', NOW)).toBe(NOW);
    expect(sendTime({}, 'Asia/Tokyo', NOW)).toBe(NOW);
  });

  it('waits for the window of the recipient, also on the day after', () => {
    const times = { atMs: ms('2027-03-01T20:00:00Z'), window: nine };
    expect(iso(sendTime(times, 'Europe/Berlin', NOW))).toBe('2027-03-02T08:00:00.000Z');
    expect(iso(sendTime(times, 'America/New_York', NOW))).toBe('2027-03-01T20:00:00.000Z');
  });
});

describe('afterOpenMs', () => {
  const HOUR_MS = 3_600_000;
  const monday = ms('2027-03-01T15:00:00Z');
  const after = (hours: number, window = nine, timezone = 'UTC') =>
    iso(afterOpenMs(window, timezone, monday, hours * HOUR_MS));

  it('counts no hour in which the window is closed', () => {
    expect(after(1)).toBe('2027-03-01T16:00:00.000Z');
    expect(after(3)).toBe('2027-03-02T10:00:00.000Z');
    expect(after(2, nine, 'Asia/Tokyo')).toBe('2027-03-02T02:00:00.000Z');
  });

  it('goes by weeks where it takes them, and by the days that there are', () => {
    expect(after(56 + 1)).toBe('2027-03-08T16:00:00.000Z');
    expect(after(16 + 1, { ...nine, days: [2, 4] })).toBe('2027-03-09T10:00:00.000Z');
    expect(after(16, { ...nine, days: [2, 4] })).toBe('2027-03-04T17:00:00.000Z');
  });

  it('knows windows over midnight and those that are never closed', () => {
    expect(after(9, { fromMinute: 22 * 60, untilMinute: 6 * 60, days: EVERY_DAY })).toBe(
      '2027-03-02T23:00:00.000Z',
    );
    expect(after(500, { fromMinute: 0, untilMinute: 24 * 60, days: EVERY_DAY })).toBe(
      iso(monday + 500 * HOUR_MS),
    );
  });

  it('is never where calendars have ended before', () => {
    const minute = { fromMinute: 0, untilMinute: 1, days: [1] };
    expect(afterOpenMs(minute, 'UTC', monday, 1e15)).toBe(Infinity);
  });
});

describe('localMs', () => {
  it('moves what clocks skip forward, and takes the earlier of what comes twice', () => {
    expect(iso(localMs('2027-03-28T02:30:00', 'Europe/Berlin'))).toBe('2027-03-28T01:30:00.000Z');
    expect(iso(localMs('2027-10-31T02:30:00', 'Europe/Berlin'))).toBe('2027-10-31T00:30:00.000Z');
  });
});

describe('nextOpenMs', () => {
  const berlin = (window: Parameters<typeof nextOpenMs>[0], from: string) =>
    iso(nextOpenMs(window, 'Europe/Berlin', ms(from)));

  it('is the moment itself while the window is open, and never its end', () => {
    expect(berlin(nine, '2027-03-01T08:00:00Z')).toBe('2027-03-01T08:00:00.000Z');
    expect(berlin(nine, '2027-03-01T15:59:59.999Z')).toBe('2027-03-01T15:59:59.999Z');
    expect(berlin(nine, '2027-03-01T16:00:00Z')).toBe('2027-03-02T08:00:00.000Z');
  });

  it('opens at the hour of the clock on both sides of a change of clocks', () => {
    expect(berlin(nine, '2027-03-27T20:00:00Z')).toBe('2027-03-28T07:00:00.000Z');
    expect(berlin(nine, '2027-10-30T20:00:00Z')).toBe('2027-10-31T08:00:00.000Z');
  });

  it('leaves out days that are not its own', () => {
    const workdays = { ...nine, days: [1, 2, 3, 4, 5] };
    expect(berlin(workdays, '2027-03-05T17:00:00Z')).toBe('2027-03-08T08:00:00.000Z');
  });

  it('goes over midnight where it ends before it begins', () => {
    const night = { fromMinute: 22 * 60, untilMinute: 6 * 60, days: [5] };
    expect(berlin(night, '2027-03-06T03:00:00Z')).toBe('2027-03-06T03:00:00.000Z');
    expect(berlin(night, '2027-03-06T05:00:00Z')).toBe('2027-03-12T21:00:00.000Z');
  });

  it('skips a window that clocks skip', () => {
    const skipped = { fromMinute: 120, untilMinute: 180, days: EVERY_DAY };
    expect(berlin(skipped, '2027-03-28T00:30:00Z')).toBe('2027-03-29T00:00:00.000Z');
  });

  it('ends with the day where it ends at 24:00', () => {
    const evening = { fromMinute: 18 * 60, untilMinute: 24 * 60, days: [1] };
    expect(berlin(evening, '2027-03-01T22:59:00Z')).toBe('2027-03-01T22:59:00.000Z');
    expect(berlin(evening, '2027-03-01T23:00:00Z')).toBe('2027-03-08T17:00:00.000Z');
  });
});
