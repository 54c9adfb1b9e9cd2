/** Where in the system a fault was: ids and names only. */
export type FaultTags = Record<string, string | number | undefined>;

export interface FaultsOptions {
  /** Of a project at Sentry or what speaks its protocol; empty: faults are told to nobody. */
  dsn: string;
  /** What this installation is called there. */
  environment: string;
  /** `server` or `worker`. */
  app: string;
  version: string;
}

/** Who is told of what is our own fault. A class, so that Nest can inject it by type; see `createFaults`. */
export abstract class Faults {
  /** Neither waits nor throws. What it is told of twice is told of once. */
  abstract report(error: unknown, tags?: FaultTags): void;
  /** Resolves when all were sent, or nobody took them within a moment. */
  abstract close(): Promise<void>;
}

/** Nobody is told, where there is nobody to tell. */
export const untold: Faults = { report: () => undefined, close: () => Promise.resolve() };

export async function createFaults(options: FaultsOptions): Promise<Faults> {
  if (options.dsn === '') return untold;
  // Whoever does not use it does not pay for it.
  const { SentryFaults } = await import('./sentry-faults.js');
  return new SentryFaults(options);
}
