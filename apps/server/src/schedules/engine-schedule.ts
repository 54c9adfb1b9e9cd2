import type { Overlap } from '#contracts/schedule.js';
import type { ScheduledJob } from '#contracts/scheduled-job.js';
import type { ScheduledRun, TimersInput } from '#contracts/timers.js';
import type { EngineTimes } from './schedule-times.js';

/** Whose schedule, and which. */
export interface ScheduleKey {
  tenant: string;
  id: string;
}

/** What each run is started with: a timer, or a job. */
export type RunInput = (TimersInput & { run: ScheduledRun }) | ScheduledJob;

/** All that the engine is told of a schedule. */
export interface ScheduleOrder {
  times: EngineTimes;
  overlap: Overlap;
  catchupWindowMs: number;
  input: RunInput;
  /** Runs that are still to be started; any number if absent. */
  runsLeft?: number;
  paused: boolean;
}

/** A schedule as the engine knows it. */
export interface EngineSchedule extends ScheduleKey {
  input: RunInput;
  runsLeft?: number;
  paused: boolean;
  /** When the next ten runs will be started, if nothing keeps them from it. */
  nextStartsMs: number[];
  /** Ids of the workflows of the latest ten runs, the latest last. */
  latestRuns: string[];
  /** To be given back with a change, which is made only if there was none since. */
  conflictToken?: Uint8Array | null;
}

export function isOfJobs(input: RunInput): input is ScheduledJob {
  return 'type' in input;
}
