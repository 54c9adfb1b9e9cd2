import type { JobAlerts } from './job-alert.js';
import { GLOBAL } from './job.js';
import type { JobInput } from './job.js';
import type { ScheduledRun } from './timers.js';

/**
 * The workflow type that a schedule of jobs starts. It starts the job and lasts as long, so that the engine knows whether
 * the job has ended, and can have it canceled.
 */
export const SCHEDULED_JOB_WORKFLOW = 'scheduledJob';

/** What every run of a schedule of jobs is started with. */
export interface ScheduledJob {
  /** Whose the jobs are. Null: of all tenants. */
  tenant: string | null;
  scheduleId: string;
  type: string;
  input: unknown;
  /** From the start of a job to its `kill_at`, where that is not its type's. */
  killAfterMs?: number;
  alerts?: JobAlerts;
  labels?: Record<string, string>;
  /** Without lead: jobs are started when they are due. */
  run: ScheduledRun;
}

/** One run of it. */
export interface JobRunTask {
  scheduled: ScheduledJob;
  /** The id of the job. */
  id: string;
  /** When it was due. */
  dueMs: number;
  /** The same with its jitter. */
  startAtMs: number;
}

export interface ScheduledJobActivities {
  /** The job that this run is, as its type is now. */
  planJob(task: JobRunTask): Promise<JobInput>;
}

/** The engine appends the time of a run to it: see `runWorkflowId`. */
export function scheduledJobWorkflowId(tenant: string | null, groupKey: string): string {
  return `scheduled-job:${tenant ?? GLOBAL}:${groupKey}`;
}
