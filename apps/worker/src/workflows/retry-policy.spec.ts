import { describe, expect, it } from '@jest/globals';
import { retryPolicy } from './retry-policy.js';

const plan = { maxAttempts: 5, initialDelayMs: 1_000, factor: 2, maxDelayMs: 5_000 };

describe('the retry policy of a group', () => {
  it('has as many tries as its plan, after the same delays', () => {
    expect(retryPolicy(plan, 0)).toMatchObject({
      ...{ maximumAttempts: 5, initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 5_000 },
    });
  });

  it('goes on where the plan stood when a worker gave the group back', () => {
    expect(retryPolicy(plan, 2)).toMatchObject({ maximumAttempts: 3, initialInterval: 4_000 });
    expect(retryPolicy(plan, 4)).toMatchObject({ maximumAttempts: 1, initialInterval: 5_000 });
  });

  it('has one try where it must not be repeated', () => {
    expect(retryPolicy('none', 0)).toEqual({ maximumAttempts: 1 });
  });

  it('has delays that the engine takes, however large the numbers get, and without any delay', () => {
    const most = { maxAttempts: 2 ** 31 - 1, initialDelayMs: 0, factor: 1_000, maxDelayMs: 0 };
    for (const tries of [0, 1, 103, 2_000])
      expect(retryPolicy(most, tries)).toMatchObject({ initialInterval: 1, maximumInterval: 1 });
  });
});
