import type { JobTypeRecord } from '#contracts/job-plan.js';
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

/** When a job starts and ends. Throws a problem if that is said in two ways, contradicts itself, or is too far ahead. */
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
  if (
    warnBeforeMs !== undefined &&
    killAtMs !== undefined &&
    warnBeforeMs >= killAtMs - (startAtMs ?? nowMs)
  ) {
    throw refused('warn_before', 'must be less than the time from the start of the job to its kill_at');
  }
  return {
    ...(startAtMs !== undefined && startAtMs > nowMs && { startAtMs }),
    ...(killAtMs !== undefined && { killAtMs }),
    ...(warnBeforeMs !== undefined && { warnBeforeMs }),
  };
}

/** The type as it is here, where no job lives longer than the horizon. */
export function withinHorizon(type: JobTypeRecord, horizonMs: number): JobTypeRecord {
  return { ...type, killAfterMs: Math.min(type.killAfterMs, horizonMs) };
}

/** Throws a problem unless it is after the start. */
export function killTime(kill_at: string, startMs: number, bounds: Bounds): number {
  const killAtMs = within('kill_at', instant('kill_at', kill_at), bounds);
  if (killAtMs > startMs) return killAtMs;
  throw refused('kill_at', `must be after the job starts, which is ${new Date(startMs).toISOString()}`);
}

function within(field: string, ms: number, { nowMs, horizonMs }: Bounds): number {
  if (ms - nowMs <= horizonMs) return ms;
  throw refused(field, `must be at most ${horizonMs / DAY_MS} days ahead`);
}

function refused(field: string, message: string) {
  return invalid([{ field, message }]);
}
