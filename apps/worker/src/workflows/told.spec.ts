import { describe, expect, it } from '@jest/globals';
import { REFUSED_FAILURE } from '#contracts/job.js';
import { toldFailure, toldOutcome } from './told.js';

describe('what a worker in another language tells of a group', () => {
  it('is taken as it is where it is as agreed', () => {
    const outcome = { data: [1], children: [], contributions: [{ result: 'a' }], tries: 2, startedMs: 1.5 };
    expect(toldOutcome(outcome)).toEqual(outcome);
    const failure = { tries: 3, startedMs: 1, pauseMs: 500 };
    expect(toldFailure(failure)).toEqual(failure);
  });

  it.each([null, undefined, 'text', 7])('is nothing where it is %j', (value) => {
    expect(toldOutcome(value)).toEqual({});
    expect(toldFailure(value)).toEqual({});
  });

  it('is refused where it is more than a job can carry along, counted in bytes', () => {
    const refused = { message: expect.stringContaining('1000000 are allowed'), type: REFUSED_FAILURE };
    expect(() => toldOutcome({ data: 'ä'.repeat(499_000) })).not.toThrow();
    expect(() => toldOutcome({ data: 'ä'.repeat(500_000) })).toThrow(expect.objectContaining(refused));
  });

  it('does not become part of its job where it cannot be so: that could not be read any more', () => {
    const odd = { tries: 'two', startedMs: 'soon', children: null, contributions: null, pauseMs: -1 };
    expect(toldOutcome(odd)).toEqual({});
    expect(toldFailure(odd)).toEqual({});
    expect(toldOutcome({ startedMs: 1e300, tries: -1, data: null })).toEqual({ data: null });
    expect(toldOutcome({ startedMs: NaN, tries: Infinity })).toEqual({});
  });
});
