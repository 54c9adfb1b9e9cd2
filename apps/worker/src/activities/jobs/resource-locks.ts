import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GLOBAL } from '#contracts/job.js';
import type { LockKey, Locks } from '#database/locks.js';
import type { HeldLock } from '../../jobs/step-context.js';

/** A lock whose holder is gone is free again after this. */
const LEASE_MS = 10_000;
const KEEP_EVERY_MS = 2_000;
/** Somebody else may have it by then, so the holder must have stopped before. */
const LOST_AFTER_MS = 8_000;
const FIRST_POLL_MS = 20;
const MAX_POLL_MS = 500;

/** The lock was not held any more when what it protects had ended, or ended. */
export class LockLost extends Error {
  override readonly name = 'LockLost';
}

/** Locks that one group at a time holds, on whatever worker. */
export class ResourceLocks {
  constructor(private readonly locks: Locks) {}

  /** Waits for the lock, then runs `fn` under it. Rejects with `LockLost` if it could not be kept. */
  async withLock<T>(
    tenant: string | null,
    resource: string,
    fn: (lock: HeldLock) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const key = { tenant: tenant ?? GLOBAL, resource, holder: randomUUID() };
    const { fencingToken, askedMs } = await this.take(key, signal);
    const lost = new AbortController();
    const keeping = this.keep(key, askedMs, lost);
    try {
      // The answer may have come long after it was asked for.
      signal.throwIfAborted();
      const held = { fencingToken, signal: AbortSignal.any([signal, lost.signal]) };
      const value = await fn(held);
      lost.signal.throwIfAborted();
      return value;
    } finally {
      keeping.stop();
      // If this fails the lease ends by itself.
      await this.locks.give(key).catch(() => undefined);
    }
  }

  private async take(key: LockKey, signal: AbortSignal): Promise<{ fencingToken: number; askedMs: number }> {
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(MAX_POLL_MS, pollMs * 2)) {
      signal.throwIfAborted();
      const askedMs = performance.now();
      const fencingToken = await this.locks.take(key, LEASE_MS);
      if (fencingToken !== undefined) return { fencingToken, askedMs };
      await sleep(pollMs * (0.5 + Math.random()), undefined, { signal });
    }
  }

  // The lease may have begun at any time after it was asked for.
  private keep(key: LockKey, takenMs: number, lost: AbortController): { stop: () => void } {
    const lose = () => lost.abort(new LockLost(`the lock of ${key.resource} was lost`));
    const loseAfter = (ms: number) => setTimeout(lose, ms + LOST_AFTER_MS - performance.now());
    let keptMs = takenMs;
    let loss = loseAfter(keptMs);
    const keep = async () => {
      const askedMs = performance.now();
      const kept = await this.locks.keep(key, LEASE_MS);
      if (!kept) return lose();
      // Answers may overtake each other, or come after the end.
      if (askedMs < keptMs || stopped) return;
      clearTimeout(loss);
      keptMs = askedMs;
      loss = loseAfter(keptMs);
    };
    let stopped = false;
    const beat = setInterval(() => void keep().catch(() => undefined), KEEP_EVERY_MS);
    const stop = () => {
      stopped = true;
      clearInterval(beat);
      clearTimeout(loss);
    };
    return { stop };
  }
}
