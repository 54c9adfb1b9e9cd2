import { ProblemException } from './problem.exception.js';

/** A request that came with an `Idempotency-Key`. */
export interface KeyedBody {
  tenant: string;
  route: string;
  key: string;
  /** Digest of the body. */
  fingerprint: string;
}

/** The keys of requests that are under way at this server. */
export class KeysInFlight {
  private readonly names = new Set<string>();

  /** Runs unless the same key is under way here: then the problem is 409. */
  async alone<T>({ tenant, route, key }: KeyedBody, run: () => Promise<T>): Promise<T> {
    const name = JSON.stringify([tenant, route, key]);
    if (this.names.has(name)) throw inUse();
    this.names.add(name);
    try {
      return await run();
    } finally {
      this.names.delete(name);
    }
  }
}

function inUse(): ProblemException {
  const detail = 'A request with this Idempotency-Key is under way. Ask again for its answer.';
  return new ProblemException(409, 'idempotency-key-in-use', detail, { headers: { 'retry-after': '1' } });
}
