import { describe, expect, it } from '@jest/globals';
import { withoutBusyReturns } from './busy-returns.js';

const HOUR = 3600;
/** At 01:00 of some day in UTC. */
const AT = 1_000 * 24 * HOUR + HOUR;

/** By how many hours clocks of a zone are set back earlier or later, from its offset in hours and back by one. */
function moved(offset: number, busyHours: number[], back = 1): number {
  const summer = { atSeconds: 0, offsetSeconds: (offset + back) * HOUR };
  const zone = [summer, { atSeconds: AT, offsetSeconds: offset * HOUR }];
  const [first, second] = withoutBusyReturns(zone, busyHours);
  expect(first).toEqual(summer);
  return ((second?.atSeconds ?? NaN) - AT) / HOUR;
}

describe('clocks that are set back in an hour with several runs', () => {
  it('are set back an hour earlier, if there are no runs', () => {
    expect(moved(1, [2])).toBe(-1);
    expect(moved(1, [2, 3, 4, 23])).toBe(-1);
    expect(moved(0, [1])).toBe(-1);
  });

  it('are set back two hours later, if there are runs in one of the two hours before', () => {
    expect(moved(1, [1, 2])).toBe(2);
    expect(moved(1, [0, 2, 5])).toBe(2);
  });

  it('stay as they are if that is not possible', () => {
    expect(moved(1, [0, 2, 4])).toBe(0);
    expect(moved(1, [1, 2, 3])).toBe(0);
  });

  it('stay as they are if the hour has no runs, or is one west of Greenwich', () => {
    expect(moved(1, [])).toBe(0);
    expect(moved(1, [1, 3])).toBe(0);
    expect(moved(-5, [20, 21])).toBe(0);
  });

  it('are set back late enough where it is by half an hour', () => {
    // From 02:00 to 01:30, and then from 03:30 to 03:00.
    expect(moved(0.5, [1], 0.5)).toBe(1.5);
  });

  it('are no others than those that are set forward', () => {
    const zone = [
      { atSeconds: 0, offsetSeconds: HOUR },
      { atSeconds: AT, offsetSeconds: 2 * HOUR },
    ];
    expect(withoutBusyReturns(zone, [2, 3])).toEqual(zone);
  });
});
