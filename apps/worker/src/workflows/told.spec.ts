import { describe, expect, it } from '@jest/globals';
import { MAX_OUTCOME_BYTES, REFUSED_FAILURE } from '#contracts/job.js';
import { refusedOutcome, toldFailure, toldOutcome } from './told.js';

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

  it('is refused where it is more than a job can carry along, counted in bytes and without what is told of the try', () => {
    const half = (MAX_OUTCOME_BYTES - '{"data":""}'.length - 1) / 2;
    const told = { tries: 2, startedMs: 7 };
    expect(refusedOutcome({ data: `x${'ä'.repeat(half)}`, ...told })).toBeUndefined();
    expect(refusedOutcome({ data: `xx${'ä'.repeat(half)}`, ...told })).toMatchObject({
      ...{ type: REFUSED_FAILURE, nonRetryable: true, details: [told] },
      message: `what the group leaves behind has ${MAX_OUTCOME_BYTES + 1} bytes, ${MAX_OUTCOME_BYTES} are allowed`,
    });
  });

  it('does not become part of its job where it cannot be so: that could not be read any more', () => {
    const odd = { tries: 'two', startedMs: 'soon', children: null, contributions: null, pauseMs: -1 };
    expect(toldOutcome(odd)).toEqual({});
    expect(toldFailure(odd)).toEqual({});
    expect(toldOutcome({ startedMs: 1e300, tries: -1, data: null })).toEqual({ data: null });
    expect(toldOutcome({ startedMs: NaN, tries: Infinity })).toEqual({});
  });
});
