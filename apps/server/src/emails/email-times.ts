import { formatInstant } from '../http/rfc3339.js';
import { invalid } from '../http/problem.exception.js';
import { dueTime, instant } from '../timers/when.js';
import type { EmailTimesDto } from './email-times.dto.js';

const DAY_MS = 86_400_000;

interface Bounds {
  nowMs: number;
  /** How far ahead an e-mail may be set. */
  horizonMs: number;
}

/** When an e-mail is due, ms since the epoch; undefined if nothing says so. Throws a problem as `dueTime` does. */
export function sendTime({ send_at, delay, timezone }: EmailTimesDto, bounds: Bounds): number | undefined {
  return dueTime({ fire_at: send_at, delay, timezone }, { ...bounds, timeField: 'send_at' });
}

/** From when on nothing of it is begun, ms since the epoch; undefined if nothing says so. Must be after it is due. */
export function killTime(
  { kill_at }: EmailTimesDto,
  dueMs: number,
  { nowMs, horizonMs }: Bounds,
): number | undefined {
  if (kill_at === undefined) return undefined;
  const killMs = instant('kill_at', kill_at);
  if (killMs - nowMs > horizonMs) throw refused(`must be at most ${horizonMs / DAY_MS} days ahead`);
  if (killMs > dueMs) return killMs;
  throw refused(`must be after the e-mail is due, which is ${formatInstant(dueMs)}`);
}

function refused(message: string) {
  return invalid([{ field: 'kill_at', message }]);
}
