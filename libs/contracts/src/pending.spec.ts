import { describe, expect, it } from '@jest/globals';
import { pendingPowers, powersUpTo } from './pending.js';

describe('the number of pending timers', () => {
  it('is the sum of its powers of two, for every size of a group', () => {
    for (let timers = 0; timers <= 2048; timers++) {
      const powers = pendingPowers(timers).map(Number);
      expect(powers.reduce((sum, power) => sum + power, 0)).toBe(timers);
      expect(powersUpTo(timers)).toEqual(expect.arrayContaining(powers));
    }
  });

  it('needs seven counts for groups of a hundred', () => {
    expect(powersUpTo(100)).toEqual([1, 2, 4, 8, 16, 32, 64]);
  });
});
