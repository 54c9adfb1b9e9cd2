import { describe, expect, it } from '@jest/globals';
import { ProblemException } from '../http/problem.exception.js';
import { planOf } from './schedule-times.js';
import type { Recurrence } from './schedule-times.js';

const CREATED_MS = Date.parse('2026-11-22T10:00:00.500Z');

function plan(recurrence: Recurrence, wheelLeadMs = 2_000) {
  return planOf(recurrence, { createdMs: CREATED_MS, wheelLeadMs });
}

describe('when the engine starts the runs of a schedule', () => {
  it.each([
    ['PT1S', 0],
    ['PT3S', 0],
    ['PT4S', 1],
    ['PT7S', 1],
    ['PT8S', 2],
    ['P1D', 2],
  ])(
    'every %s it is %i s before they are due, so that each has ended when the next begins',
    (every, lead) => {
      expect(plan({ every }).leadSeconds).toBe(lead);
    },
  );

  it.each([
    ['* * * * * *', 0],
    ['*/5 * * * * *', 1],
    ['0 9 * * *', 2],
  ])('by %s it is %i s before they are due', (cron, lead) => {
    expect(plan({ cron }).leadSeconds).toBe(lead);
  });

  it('is the whole lead before, however close runs are, if they may overlap', () => {
    expect(plan({ every: 'PT1S', overlap: 'allow_all' }).leadSeconds).toBe(2);
  });

  it('is no more before than an id can say, and nothing if the lead is less than a second', () => {
    expect(plan({ every: 'P1D' }, 60_000).leadSeconds).toBe(7);
    expect(plan({ every: 'P1D' }, 900).leadSeconds).toBe(0);
  });

  it('is counted from when the schedule was set, or from its start', () => {
    const hourMs = 3_600_000;
    expect(plan({ every: 'PT1H' }).times.intervals).toEqual([{ every: hourMs, offset: hourMs - 2_000 }]);
    expect(plan({ every: 'PT1H', starts_at: '2026-11-22T12:34:56.001+02:00' }).times).toMatchObject({
      intervals: [{ every: hourMs, offset: (34 * 60 + 57 - 2) * 1000 }],
      startAt: new Date('2026-11-22T10:34:55.000Z'),
    });
  });

  it('is made up for after an outage for a minute, or as long as is asked for', () => {
    expect(plan({ every: 'PT1H' }).catchupWindowMs).toBe(60_000);
    expect(plan({ every: 'PT1H', catchup_window: 'PT10S' }).catchupWindowMs).toBe(10_000);
    expect(() => plan({ every: 'PT1H', catchup_window: 'PT9S' })).toThrow(/from PT10S to P365D/);
  });

  it('is within the bounds, which are moved by the lead as well', () => {
    const bounds = { starts_at: '2027-01-01T00:00:00Z', ends_at: '2027-02-01T00:00:00.500Z' };
    expect(plan({ cron: '0 9 * * *', ...bounds }).times).toMatchObject({
      startAt: new Date('2026-12-31T23:59:58.000Z'),
      endAt: new Date('2027-01-31T23:59:58.500Z'),
    });
  });

  it('has defaults', () => {
    expect(plan({ cron: '0 9 * * *' })).toMatchObject({
      ...{ overlap: 'skip', jitterMs: 0, catchupWindowMs: 60_000 },
      times: { timezone: 'UTC', cronExpressions: ['0 0 9 * * * *'] },
    });
  });

  it.each<[Recurrence, string, RegExp]>([
    [{}, 'cron, every', /exactly one/],
    [{ cron: '0 9 * * *', every: 'PT1H' }, 'cron, every', /exactly one/],
    [{ cron: '0 24 * * *' }, 'cron', /"24" as its hour/],
    [{ every: 'PT0.5S' }, 'every', /from PT1S to P366D/],
    [{ every: 'PT1.5S' }, 'every', /whole seconds/],
    [{ every: 'P367D' }, 'every', /from PT1S to P366D/],
    [{ every: 'P1M' }, 'every', /years or months/],
    [{ every: '1h' }, 'every', /ISO 8601/],
    [{ cron: '0 9 * * *', timezone: 'Mars/Olympus' }, 'timezone', /IANA/],
    [{ cron: '0 9 * * *', timezone: '+01:00' }, 'timezone', /IANA/],
    [{ every: 'PT1H', starts_at: 'tomorrow' }, 'starts_at', /such as/],
    [{ every: 'PT1H', starts_at: '2027-01-01T00:00:00' }, 'starts_at', /such as/],
    [
      { every: 'PT1H', starts_at: '2027-01-01T00:00:00Z', ends_at: '2027-01-01T00:00:00Z' },
      'ends_at',
      /after starts_at/,
    ],
    [{ every: 'PT1H', jitter: 'P2D' }, 'jitter', /from PT0S to P1D/],
    [{ every: 'PT1H', catchup_window: 'PT9S' }, 'catchup_window', /from PT10S to P365D/],
  ])('%j is refused', (recurrence, field, message) => {
    let thrown: unknown;
    try {
      plan(recurrence);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ProblemException);
    expect((thrown as ProblemException).extra.errors).toEqual([
      { field, message: expect.stringMatching(message) },
    ]);
  });
});
