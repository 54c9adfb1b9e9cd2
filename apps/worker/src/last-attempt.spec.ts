import { describe, expect, it } from '@jest/globals';
import { isLastAttempt } from './last-attempt.js';

const NOW_MS = 1_000_000;
const info = { attempt: 1, scheduledTimestampMs: NOW_MS, scheduleToCloseTimeoutMs: 0 };
const isLast = (set: Partial<Parameters<typeof isLastAttempt>[0]>, error = new Error('x')) =>
  isLastAttempt({ ...info, ...set }, error, NOW_MS);

describe('The last attempt', () => {
  it('is the one of which there are no more', () => {
    const retryPolicy = { maximumAttempts: 3 };
    expect([1, 2, 3].map((attempt) => isLast({ attempt, retryPolicy }))).toEqual([false, false, true]);
  });

  it('is one with an error that is not tried again', () => {
    const retryPolicy = { nonRetryableErrorTypes: ['TypeError'] };
    expect(isLast({ retryPolicy }, new TypeError('x'))).toBe(true);
    expect(isLast({ retryPolicy })).toBe(false);
  });

  it('is the one after which the time would be over before the next', () => {
    const retryPolicy = { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 10_000 };
    const last = (attempt: number, scheduleToCloseTimeoutMs: number) =>
      isLast({ attempt, retryPolicy, scheduleToCloseTimeoutMs });
    expect([last(1, 1_000), last(1, 1_001)]).toEqual([true, false]);
    expect([last(3, 4_000), last(3, 4_001)]).toEqual([true, false]);
    expect([last(20, 10_000), last(20, 10_001)]).toEqual([true, false]);
  });

  it('of what is tried without an end is told of at the tenth', () => {
    const told = Array.from({ length: 30 }, (_, index) => index + 1).filter((attempt) => isLast({ attempt }));
    expect(told).toEqual([10]);
  });
});
