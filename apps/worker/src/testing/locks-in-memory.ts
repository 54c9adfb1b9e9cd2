import type { StepTools } from '../jobs/group-run.js';

interface Lock {
  fencingToken: number;
  /** Settles when whoever asked for it last has given it back. */
  free: Promise<unknown>;
}

/** Locks as steps see them, among the jobs of one test. They are given in the order in which they are asked for. */
export function locksInMemory(): StepTools['withLock'] {
  const locks = new Map<string, Lock>();
  return async (tenant, resource, fn, signal) => {
    const name = JSON.stringify([tenant, resource]);
    const lock = locks.get(name) ?? { fencingToken: 0, free: Promise.resolve() };
    locks.set(name, lock);
    const run = lock.free.then(() => {
      signal.throwIfAborted();
      return fn({ fencingToken: ++lock.fencingToken, signal });
    });
    lock.free = run.catch(() => undefined);
    return run;
  };
}
