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
    const fencingToken = await this.take(key, signal);
    const lost = new AbortController();
    const keeping = this.keep(key, lost);
    try {
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

  private async take(key: LockKey, signal: AbortSignal): Promise<number> {
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(MAX_POLL_MS, pollMs * 2)) {
      signal.throwIfAborted();
      const fencingToken = await this.locks.take(key, LEASE_MS);
      if (fencingToken !== undefined) return fencingToken;
      await sleep(pollMs * (0.5 + Math.random()), undefined, { signal });
    }
  }

  private keep(key: LockKey, lost: AbortController): { stop: () => void } {
    let keptMs = performance.now();
    const lose = () => lost.abort(new LockLost(`the lock of ${key.resource} was lost`));
    const keep = async () => {
      const askedMs = performance.now();
      const kept = await this.locks.keep(key, LEASE_MS);
      if (kept) keptMs = askedMs;
      else lose();
    };
    const beat = setInterval(() => {
      if (performance.now() - keptMs >= LOST_AFTER_MS) lose();
      keep().catch(() => undefined);
    }, KEEP_EVERY_MS);
    return { stop: () => clearInterval(beat) };
  }
}
