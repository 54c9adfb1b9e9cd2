import { describe, expect, it } from '@jest/globals';
import type { JobTypeRecord } from '#contracts/job-plan.js';
import { newJob, withinHorizon } from '#jobs/new-job.js';
import { checkWarning, jobTimes } from './job-times.js';

const DAY_MS = 86_400_000;
const bounds = { nowMs: Date.parse('2026-11-22T10:00:00Z'), horizonMs: 10 * DAY_MS };
const type: JobTypeRecord = {
  ...{ type: 'a-job', groups: [], showsData: false },
  ...{ inputSchema: {}, killAfterMs: 3 * DAY_MS },
};
const killAfter = (killAfterMs: number) =>
  newJob(
    withinHorizon({ ...type, killAfterMs }, bounds.horizonMs),
    { id: 'a', tenant: 'acme', input: {} },
    bounds.nowMs,
  ).killAtMs - bounds.nowMs;

describe('the times of a job', () => {
  it('are killed by their type, but not later than the horizon', () => {
    expect(killAfter(3 * DAY_MS)).toBe(3 * DAY_MS);
    expect(killAfter(3_653 * DAY_MS)).toBe(bounds.horizonMs);
  });

  it.each([
    ['two starts', { start_at: '2026-11-23T10:00:00Z', delay: 'PT1H' }, 'start_at and delay'],
    ['a start past the horizon', { delay: 'P11D' }, 'delay'],
    ['an end past the horizon', { kill_at: '2026-12-03T10:00:00Z' }, 'kill_at'],
    ['an end before the start', { delay: 'P2D', kill_at: '2026-11-23T10:00:00Z' }, 'kill_at'],
  ])('are refused with %s', (_what, body, field) => {
    expect(() => jobTimes(body, bounds)).toThrow(
      expect.objectContaining({ extra: { errors: [expect.objectContaining({ field })] } }),
    );
  });

  it.each([
    ['said', { warn_before: 'P1D', kill_at: '2026-11-23T10:00:00Z' }, 'kill_at, 86400 s'],
    ['of its type', { warn_before: 'P3D', delay: 'P5D' }, 'kill_at, 259200 s'],
  ])(
    'are refused with a warning that would come before the start, by an end that is %s',
    (_what, body, message) => {
      const check = () => checkWarning(jobTimes(body, bounds), { killAfterMs: type.killAfterMs, ...bounds });
      const errors = [{ field: 'warn_before', message: expect.stringContaining(message) }];
      expect(check).toThrow(expect.objectContaining({ extra: { errors } }));
    },
  );

  it('may have a warning within the life of the job, or none', () => {
    for (const body of [{ warn_before: 'PT71H', delay: 'P5D' }, { warn_before: 'PT0S' }, {}])
      expect(() =>
        checkWarning(jobTimes(body, bounds), { killAfterMs: type.killAfterMs, ...bounds }),
      ).not.toThrow();
  });
});
