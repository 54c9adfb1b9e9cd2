import { createContext, Script } from 'node:vm';

const place = createContext({ run: undefined as unknown });
const script = new Script('run()');

/** It was stopped because it ran for too long. */
export class TookTooLong extends Error {}

/**
 * Runs what is not trusted to come to an end, and stops it wherever it is when the time is over. No protection from what
 * it does meanwhile: it runs as if it was called.
 */
export function runWithin<T>(limitMs: number, run: () => T): T {
  place.run = run;
  try {
    return script.runInContext(place, { timeout: limitMs }) as T;
  } catch (error) {
    const { code } = error as { code?: string };
    throw code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? new TookTooLong() : error;
  } finally {
    place.run = undefined;
  }
}
