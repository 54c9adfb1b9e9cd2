import { describe, expect, it } from '@jest/globals';
import { dueTime, expiryTime } from './when.js';

const NOW = Date.UTC(2026, 10, 22, 12);
const DAY_MS = 86_400_000;
const bounds = { nowMs: NOW, horizonMs: 3_653 * DAY_MS };
const due = (when: Parameters<typeof dueTime>[0]) => {
  const dueMs = dueTime(when, bounds);
  return dueMs === undefined ? undefined : new Date(dueMs).toISOString();
};

describe('when a timer is due', () => {
  it('is not said by an empty body', () => {
    expect(due({})).toBeUndefined();
  });

  it.each([
    ['hours, minutes and seconds', { hours: 1, minutes: 2, seconds: 3 }, '2026-11-22T13:02:03.000Z'],
    ['no hours', { hours: 0 }, '2026-11-22T12:00:00.000Z'],
    ['a delay', { delay: 'P1DT2H0.25S' }, '2026-11-23T14:00:00.250Z'],
    ['UTC', { fire_at: '2027-03-28T09:30:00Z' }, '2027-03-28T09:30:00.000Z'],
    ['an offset', { fire_at: '2027-03-28T09:30:00.5+05:45' }, '2027-03-28T03:45:00.500Z'],
    ['small letters', { fire_at: '2027-03-28t09:30:00z' }, '2027-03-28T09:30:00.000Z'],
    ['less than a ms, rounded up', { fire_at: '2027-03-28T09:30:00.0000001Z' }, '2027-03-28T09:30:00.001Z'],
    ['a time that has passed', { fire_at: '1987-01-01T00:00:00Z' }, '2026-11-22T12:00:00.000Z'],
    ['winter in Berlin', local('2027-01-10T09:30:00', 'Europe/Berlin'), '2027-01-10T08:30:00.000Z'],
    ['summer in Berlin', local('2027-07-10T09:30', 'europe/berlin'), '2027-07-10T07:30:00.000Z'],
    ['half an hour of offset', local('2027-01-10T09:30:00', 'Asia/Kolkata'), '2027-01-10T04:00:00.000Z'],
    ['a zone without summer', local('2027-07-10T09:30:00', 'Etc/GMT+5'), '2027-07-10T14:30:00.000Z'],
    // Clocks go from 2:00 to 3:00 on 28 March and from 3:00 to 2:00 on 31 October 2027.
    ['an hour skipped in spring', local('2027-03-28T02:30:00', 'Europe/Berlin'), '2027-03-28T01:30:00.000Z'],
    ['the beginning of it', local('2027-03-28T02:00:00', 'Europe/Berlin'), '2027-03-28T01:00:00.000Z'],
    ['an hour doubled in autumn', local('2027-10-31T02:30:00', 'Europe/Berlin'), '2027-10-31T00:30:00.000Z'],
    ['the end of it', local('2027-10-31T03:00:00', 'Europe/Berlin'), '2027-10-31T02:00:00.000Z'],
    ['a gap at midnight', local('2027-04-25T00:00:00', 'Africa/Cairo'), '2027-04-24T22:00:00.000Z'],
    [
      'a jump of half an hour',
      local('2027-10-03T02:15:00', 'Australia/Lord_Howe'),
      '2027-10-02T15:45:00.000Z',
    ],
  ])('is taken from %s', (_what, when, time) => {
    expect(due(when)).toBe(time);
  });

  it.each([
    [{ seconds: 1, delay: 'PT1S' }, 'seconds and delay say twice'],
    [{ hours: 0, minutes: 0, fire_at: '2027-03-28T09:30:00Z' }, 'hours, minutes and fire_at say twice'],
    [{ delay: 'PT1S', fire_at: '2027-03-28T09:30:00Z' }, 'delay and fire_at say twice'],
    [{ timezone: 'Europe/Berlin' }, 'timezone is only possible with a local fire_at'],
    [{ delay: 'PT1S', timezone: 'Europe/Berlin' }, 'timezone is only possible with a local fire_at'],
    [
      local('2027-03-28T09:30:00Z', 'Europe/Berlin'),
      'timezone is not possible with a fire_at that has an offset',
    ],
    [{ fire_at: '2027-03-28T09:30:00' }, 'fire_at must have an offset or Z, or go with a timezone'],
    [{ fire_at: '2027-03-28' }, 'fire_at must be a time such as'],
    [{ fire_at: '2027-03-28 09:30:00Z' }, 'fire_at must be a time such as'],
    [{ fire_at: '2027-03-28T09:30Z' }, 'fire_at must be a time such as'],
    [{ fire_at: '2027-02-30T09:30:00Z' }, 'fire_at must be a time such as'],
    [{ fire_at: '2027-02-28T24:00:00Z' }, 'fire_at must be a time such as'],
    [{ fire_at: '2027-02-28T09:30:00+25:00' }, 'fire_at must be a time such as'],
    [{ fire_at: '2027-02-28T09:30:00Z[Europe/Berlin]' }, 'fire_at must be a time such as'],
    [{ fire_at: 'tomorrow' }, 'fire_at must be a time such as'],
    [local('2027-02-30T09:30:00', 'Europe/Berlin'), 'fire_at must be a local time such as'],
    [local('09:30:00', 'Europe/Berlin'), 'fire_at must be a local time such as'],
    [local('2027-02-28T09:30:00', 'Europe/Atlantis'), 'timezone must be the IANA name'],
    [local('2027-02-28T09:30:00', '+02:00'), 'timezone must be the IANA name'],
    [local('2027-02-28T09:30:00', ''), 'timezone must be the IANA name'],
    [{ delay: 'P1M' }, 'delay must not have years or months'],
    [{ delay: 'soon' }, 'delay must be an ISO 8601 duration'],
    [{ delay: 'P3654D' }, 'delay must be at most 3653 days ahead'],
    [{ fire_at: '2100-01-01T00:00:00Z' }, 'fire_at must be at most 3653 days ahead'],
    [local('9999-12-31T00:00:00', 'Europe/Berlin'), 'fire_at must be at most 3653 days ahead'],
    [{ hours: 24 * 3_653, seconds: 1 }, 'hours, minutes, seconds must be at most 3653 days together'],
  ])('is refused with the field and the reason: %j', (when, message) => {
    expect(() => due(when)).toThrow(message);
  });
});

describe('when a timer expires', () => {
  const dueMs = NOW + 3_600_000;
  const expiry = (wish: Parameters<typeof expiryTime>[0]) => expiryTime(wish, dueMs, bounds);

  it('is never, if nothing is said', () => {
    expect(expiry({})).toBeUndefined();
  });

  it('is a time, or a duration from now', () => {
    expect(expiry({ expires_at: '2026-11-22T15:00:00+01:00' })).toBe(NOW + 2 * 3_600_000);
    expect(expiry({ expires_in: 'PT1H0.001S' })).toBe(dueMs + 1);
  });

  it.each([
    [{ expires_at: '2026-11-22T13:00:00Z', expires_in: 'PT2H' }, 'expires_at and expires_in say twice'],
    [{ expires_in: 'PT1H' }, 'expires_in must be after the timer is due, which is 2026-11-22T13:00:00.000Z'],
    [{ expires_at: '2020-01-01T00:00:00Z' }, 'expires_at must be after the timer is due'],
    [{ expires_at: '2026-11-22T15:00:00' }, 'expires_at must be a time such as'],
    [{ expires_in: 'P1Y' }, 'expires_in must not have years or months'],
    [{ expires_in: 'P4000D' }, 'expires_in must be at most 3653 days ahead'],
  ])('is refused with the field and the reason: %j', (wish, message) => {
    expect(() => expiry(wish)).toThrow(message);
  });
});

function local(fire_at: string, timezone: string) {
  return { fire_at, timezone };
}
