import { setTimeout as sleep } from 'node:timers/promises';
import { databaseError, isDatabaseUnavailable } from '#database/unavailable.js';

const AGAIN_MS = 500;
/** SQLSTATE: two have met, and one had to give way. */
const GAVE_WAY = new Set(['40001', '40P01']);
/** SQLSTATE: a table or column that a migration, which has begun, is still to make. */
const NOT_THERE_YET = new Set(['42P01', '42703']);

/** Asks the database until it answers: what is known here must not be lost because it is away for a while. */
export async function persist<T>(ask: () => Promise<T>, onAway: (error: unknown) => void): Promise<T> {
  for (let told = false; ;) {
    try {
      return await ask();
    } catch (error) {
      const cause = databaseError(error);
      const { code = '' } = (cause ?? {}) as { code?: string };
      const passes = GAVE_WAY.has(code) || NOT_THERE_YET.has(code);
      if (!isDatabaseUnavailable(error) && !passes) throw cause;
      if (!told) onAway(cause);
      told = true;
      await sleep(AGAIN_MS);
    }
  }
}
