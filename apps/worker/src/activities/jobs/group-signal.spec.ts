import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { groupSignal, GroupStopped } from './group-signal.js';
import type { StopCauses } from './group-signal.js';

const never = new AbortController().signal;
const causes = (more: Partial<StopCauses>): StopCauses => ({
  ...{ canceled: never, shutdown: never, timeoutMs: 10_000, leftMs: 60_000 },
  ...more,
});
const why = (signal: AbortSignal) => (signal.aborted ? (signal.reason as GroupStopped).why : undefined);

describe('the token of a group', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('fires when its time is over, and not before', () => {
    const { signal } = groupSignal(causes({}));
    jest.advanceTimersByTime(9_999);
    expect(why(signal)).toBeUndefined();
    jest.advanceTimersByTime(1);
    expect(why(signal)).toBe('time-out');
    expect(signal.reason).toBeInstanceOf(GroupStopped);
    expect(String(signal.reason)).toContain('it took longer than its time limit');
  });

  it('fires when the time of the job is over, if that is sooner', () => {
    const { signal } = groupSignal(causes({ leftMs: 4_000 }));
    jest.advanceTimersByTime(4_000);
    expect(why(signal)).toBe('kill');
  });

  it('fires at once where the time of the job is over already', () => {
    const { signal } = groupSignal(causes({ leftMs: 0 }));
    expect(why(signal)).toBe('kill');
  });

  it.each(['canceled', 'shutdown'] as const)('fires when it is %s, and at once if it was before', (cause) => {
    const controller = new AbortController();
    const { signal } = groupSignal(causes({ [cause]: controller.signal }));
    expect(why(signal)).toBeUndefined();
    controller.abort();
    expect(why(signal)).toBe(cause);
    expect(why(groupSignal(causes({ [cause]: controller.signal })).signal)).toBe(cause);
  });

  it('tells of what came first', () => {
    const controller = new AbortController();
    const { signal } = groupSignal(causes({ canceled: controller.signal }));
    jest.advanceTimersByTime(10_000);
    controller.abort();
    expect(why(signal)).toBe('time-out');
  });

  it('fires no more when the group is over', () => {
    const controller = new AbortController();
    const { signal, release } = groupSignal(causes({ canceled: controller.signal }));
    release();
    controller.abort();
    jest.advanceTimersByTime(100_000);
    expect(signal.aborted).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });
});
