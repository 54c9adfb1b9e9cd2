import type { ScheduleSpec } from '@temporalio/client';
import type { Overlap } from '#contracts/schedule.js';
import { MAX_RUN_LEAD_SECONDS } from '#contracts/timer-id.js';
import { invalid } from '../http/problem.exception.js';
import { duration, instant, isZone } from '../timers/when.js';
import { cronProblem, leastGapSeconds, parseCron } from './cron.js';
import type { ScheduleFieldsDto } from './schedules.dto.js';
import { shiftedZone } from './shifted-zone.js';

/** When the engine starts runs: each the lead earlier than the run is due. */
export type EngineTimes = ScheduleSpec & { timezoneData?: Uint8Array };

/** What follows from the times that a client asks for. */
export interface SchedulePlan {
  times: EngineTimes;
  leadSeconds: number;
  jitterMs: number;
  overlap: Overlap;
  catchupWindowMs: number;
}

export type Recurrence = Pick<
  ScheduleFieldsDto,
  'cron' | 'every' | 'timezone' | 'starts_at' | 'ends_at' | 'jitter' | 'overlap' | 'catchup_window'
>;

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
const LONGEST = { every: 366 * DAY_MS, jitter: DAY_MS, catchup_window: 365 * DAY_MS };
const SHORTEST = { every: SECOND_MS, jitter: 0, catchup_window: 10 * SECOND_MS };

/**
 * A run takes from its start, which is the lead before it is due, until it has been delivered. So that it has ended when
 * the next one starts, the lead is at most this part of the time between two runs.
 */
const LEAD_PART_OF_GAP = 1 / 4;

/** Throws a problem if the fields say nothing that the engine can keep to. */
export function planOf(
  recurrence: Recurrence,
  { createdMs, wheelLeadMs }: { createdMs: number; wheelLeadMs: number },
): SchedulePlan {
  const { cron, every, timezone = 'UTC', overlap = 'skip' } = recurrence;
  if ((cron === undefined) === (every === undefined)) {
    throw refused('cron, every', 'exactly one of them must say when runs are due');
  }
  if (!isZone(timezone))
    throw refused('timezone', 'must be the IANA name of a time zone such as Europe/Berlin');
  const problem = cron !== undefined && cronProblem(cron);
  if (problem) throw refused('cron', problem);
  const bounds = boundsOf(recurrence);
  const everyMs = every === undefined ? 0 : within('every', every);
  if (everyMs % SECOND_MS !== 0) throw refused('every', 'must be whole seconds');

  const parsed = cron === undefined ? undefined : parseCron(cron);
  const gapSeconds = parsed ? leastGapSeconds(parsed) : everyMs / SECOND_MS;
  const longestLead = Math.min(Math.floor(wheelLeadMs / SECOND_MS), MAX_RUN_LEAD_SECONDS);
  const leadSeconds =
    overlap === 'allow_all' ? longestLead : Math.min(longestLead, Math.floor(gapSeconds * LEAD_PART_OF_GAP));
  const earlier = (ms: number) => new Date(ms - leadSeconds * SECOND_MS);
  return {
    leadSeconds,
    jitterMs: recurrence.jitter === undefined ? 0 : within('jitter', recurrence.jitter),
    overlap,
    catchupWindowMs: within('catchup_window', recurrence.catchup_window ?? 'PT60S'),
    times: {
      ...(bounds.startsMs !== undefined && { startAt: earlier(bounds.startsMs) }),
      ...(bounds.endsMs !== undefined && { endAt: earlier(bounds.endsMs) }),
      ...(parsed
        ? {
            cronExpressions: parsed.engineExpressions,
            timezone,
            timezoneData: shiftedZone(timezone, leadSeconds, {
              withinTheHour: parsed.everyHour,
              busyHours: parsed.busyHours,
            }),
          }
        : { intervals: [interval(everyMs, bounds.startsMs ?? createdMs, leadSeconds)] }),
    },
  };
}

// The engine counts from 1970 on; runs are to be counted from the first.
function interval(everyMs: number, firstMs: number, leadSeconds: number) {
  const startMs = Math.floor(firstMs / SECOND_MS) * SECOND_MS - leadSeconds * SECOND_MS;
  return { every: everyMs, offset: ((startMs % everyMs) + everyMs) % everyMs };
}

function boundsOf({ starts_at, ends_at }: Recurrence): { startsMs?: number; endsMs?: number } {
  // Runs are due at whole seconds, and the engine would take the second that a time lies in for the time.
  const startsMs =
    starts_at === undefined ? undefined : Math.ceil(instant('starts_at', starts_at) / SECOND_MS) * SECOND_MS;
  const endsMs = ends_at === undefined ? undefined : instant('ends_at', ends_at);
  if (endsMs !== undefined && endsMs <= (startsMs ?? 0)) throw refused('ends_at', 'must be after starts_at');
  return { startsMs, endsMs };
}

function within(field: keyof typeof LONGEST, text: string): number {
  const ms = duration(field, text);
  if (ms >= SHORTEST[field] && ms <= LONGEST[field]) return ms;
  const [least, most] = [SHORTEST[field] / SECOND_MS, LONGEST[field] / DAY_MS];
  throw refused(field, `must be from PT${least}S to P${most}D, got ${JSON.stringify(text)}`);
}

function refused(field: string, message: string) {
  return invalid([{ field, message }]);
}
