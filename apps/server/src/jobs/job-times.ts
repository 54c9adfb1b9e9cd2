import { formatInstant } from '../http/rfc3339.js';
import { invalid } from '../http/problem.exception.js';
import { duration, instant } from '../timers/when.js';
import type { CreateJobDto } from './jobs.dto.js';

const DAY_MS = 86_400_000;

export interface JobTimes {
  startAtMs?: number;
  killAtMs?: number;
  warnBeforeMs?: number;
}

interface Bounds {
  nowMs: number;
  /** How far ahead a job may start or be killed. */
  horizonMs: number;
}

/**
 * When a job starts and ends, as far as that is said. Throws a problem if it is said in two ways, contradicts itself, or is
 * too far ahead.
 */
export function jobTimes(
  {
    start_at,
    delay,
    kill_at,
    warn_before,
  }: Pick<CreateJobDto, 'start_at' | 'delay' | 'kill_at' | 'warn_before'>,
  bounds: Bounds,
): JobTimes {
  if (start_at !== undefined && delay !== undefined) {
    throw refused('start_at and delay', 'say twice when the job starts; only one way is possible');
  }
  const { nowMs } = bounds;
  const asked =
    delay === undefined ? start_at && instant('start_at', start_at) : nowMs + duration('delay', delay);
  const field = delay === undefined ? 'start_at' : 'delay';
  const startAtMs = asked ? within(field, asked, bounds) : undefined;
  const killAtMs = kill_at === undefined ? undefined : killTime(kill_at, startAtMs ?? nowMs, bounds);
  const warnBeforeMs = warn_before === undefined ? undefined : duration('warn_before', warn_before);
  return {
    ...(startAtMs !== undefined && startAtMs > nowMs && { startAtMs }),
    ...(killAtMs !== undefined && { killAtMs }),
    ...(warnBeforeMs !== undefined && { warnBeforeMs }),
  };
}

/** Throws a problem if the warning would come before the job starts. `killAfterMs`: where nothing says when it is killed. */
export function checkWarning(
  { startAtMs, killAtMs, warnBeforeMs = 0 }: JobTimes,
  { killAfterMs, nowMs }: { killAfterMs: number; nowMs: number },
): void {
  const livesMs = killAtMs === undefined ? killAfterMs : killAtMs - (startAtMs ?? nowMs);
  if (warnBeforeMs === 0 || warnBeforeMs < livesMs) return;
  const message = `must be less than the time from the start of the job to its kill_at, ${livesMs / 1000} s`;
  throw refused('warn_before', message);
}

/** Throws a problem unless it is after the start. */
export function killTime(kill_at: string, startMs: number, bounds: Bounds): number {
  const killAtMs = within('kill_at', instant('kill_at', kill_at), bounds);
  if (killAtMs > startMs) return killAtMs;
  throw refused('kill_at', `must be after the job starts, which is ${formatInstant(startMs)}`);
}

function within(field: string, ms: number, { nowMs, horizonMs }: Bounds): number {
  if (ms - nowMs <= horizonMs) return ms;
  throw refused(field, `must be at most ${horizonMs / DAY_MS} days ahead`);
}

function refused(field: string, message: string) {
  return invalid([{ field, message }]);
}
