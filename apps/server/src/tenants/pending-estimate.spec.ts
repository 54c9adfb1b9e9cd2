import { beforeEach, describe, expect, it } from '@jest/globals';
import { PendingEstimate } from './pending-estimate.js';

describe('the estimate of pending timers', () => {
  let nowMs: number;
  let counts: number;
  let pending: number;
  let away: boolean;
  let estimate: PendingEstimate;

  beforeEach(() => {
    [nowMs, counts, pending, away] = [0, 0, 0, false];
    const count = () => {
      counts += 1;
      return away ? Promise.reject(new Error('away')) : Promise.resolve(pending);
    };
    estimate = new PendingEstimate(count, () => nowMs);
  });

  it('counts once and then goes by what it admits', async () => {
    pending = 90;
    for (let more = 0; more < 10; more++) expect(await estimate.admit(1, 100)).toBe(true);
    expect(await estimate.admit(1, 100)).toBe(false);
    expect(counts).toBe(1);
    expect(estimate.value).toBe(100);
  });

  it('admits all of a batch or nothing', async () => {
    pending = 95;
    expect(await estimate.admit(6, 100)).toBe(false);
    expect(await estimate.admit(5, 100)).toBe(true);
  });

  it('refuses nobody for a count of more than a second ago', async () => {
    pending = 100;
    expect(await estimate.admit(1, 100)).toBe(false);
    pending = 50;
    nowMs = 900;
    expect(await estimate.admit(1, 100)).toBe(false);
    nowMs = 1_100;
    expect(await estimate.admit(1, 100)).toBe(true);
    expect(counts).toBe(2);
  });

  it('learns within seconds what other servers have admitted', async () => {
    expect(await estimate.admit(1, 100)).toBe(true);
    pending = 100;
    nowMs = 10_001;
    await estimate.admit(1, 100);
    expect(await estimate.admit(1, 100)).toBe(false);
  });

  it('does not forget what it admits while it counts', async () => {
    let answer = (_count: number): void => undefined;
    const slow = new PendingEstimate(() => new Promise((resolve) => (answer = resolve)));
    const first = slow.admit(3, 5);
    const second = slow.admit(3, 5);
    answer(0);
    expect(await Promise.all([first, second])).toEqual([true, false]);
    expect(slow.value).toBe(3);
  });

  it('admits as long as nothing can be counted, and asks again', async () => {
    away = true;
    expect(await estimate.admit(1, 1)).toBe(true);
    away = false;
    pending = 1;
    expect(await estimate.admit(1, 1)).toBe(false);
  });
});
