import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Locks } from '#database/locks.js';
import { LockLost, ResourceLocks } from './resource-locks.js';

const never = () => new Promise<boolean>(() => undefined);

describe('a lock', () => {
  let keep: () => Promise<boolean>;
  /** Of the answer to whoever takes it. */
  let delayMs: number;

  beforeEach(() => {
    jest.useFakeTimers();
    delayMs = 0;
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** Holds a lock until it is lost: the time from asking for it to that. */
  function held(): { lostMs: Promise<number>; end: () => void } {
    const locks = {
      take: () => new Promise((resolve) => setTimeout(resolve, delayMs, 1)),
      keep: () => keep(),
      give: () => Promise.resolve(),
    } as unknown as Locks;
    const askedMs = performance.now();
    const over = new AbortController();
    const lostMs = new ResourceLocks(locks)
      .withLock(
        'acme',
        'crm',
        ({ signal }) => untilAborted(AbortSignal.any([signal, over.signal])),
        over.signal,
      )
      .then(
        () => Infinity,
        (error: unknown) => {
          expect(error).toBeInstanceOf(LockLost);
          return performance.now() - askedMs;
        },
      );
    return { lostMs, end: () => over.abort() };
  }

  it('is lost 8 s after it was asked for if it cannot be kept: before its lease of 10 s can have ended', async () => {
    keep = never;
    delayMs = 1_900;
    const { lostMs } = held();
    await jest.advanceTimersByTimeAsync(20_000);
    expect(await lostMs).toBe(8_000);
  });

  it('is lost 8 s after it was last kept', async () => {
    let answers = 3;
    keep = () => (answers-- > 0 ? Promise.resolve(true) : never());
    const { lostMs } = held();
    await jest.advanceTimersByTimeAsync(30_000);
    expect(await lostMs).toBe(3 * 2_000 + 8_000);
  });

  it('is lost at once where somebody else has it', async () => {
    keep = () => Promise.resolve(false);
    const { lostMs } = held();
    await jest.advanceTimersByTimeAsync(20_000);
    expect(await lostMs).toBe(2_000);
  });

  it('that comes after its group was called off is given back, and nothing is begun', async () => {
    const over = new AbortController();
    let [begun, given] = [false, false];
    const locks = {
      take: () => Promise.resolve(1).finally(() => over.abort(new Error('called off'))),
      give: () => Promise.resolve((given = true)),
    } as unknown as Locks;
    const asked = new ResourceLocks(locks).withLock(
      'acme',
      'crm',
      () => Promise.resolve((begun = true)),
      over.signal,
    );
    await expect(asked).rejects.toThrow('called off');
    expect([begun, given]).toEqual([false, true]);
  });

  it('is held as long as it can be kept, and then nothing goes on', async () => {
    keep = () => Promise.resolve(true);
    const { lostMs, end } = held();
    await jest.advanceTimersByTimeAsync(600_000);
    end();
    await jest.advanceTimersByTimeAsync(0);
    expect(await lostMs).toBe(Infinity);
    expect(jest.getTimerCount()).toBe(0);
  });
});

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
