import type { JobAlerts } from '#contracts/job-alert.js';
import type { JobTypeRecord } from '#contracts/job-plan.js';
import type { JobInput } from '#contracts/job.js';

/** What is said of a job beside its type. */
export interface NewJob {
  id: string;
  /** Null: of all tenants. */
  tenant: string | null;
  input: unknown;
  startAtMs?: number;
  /** The type's time after its start if absent. */
  killAtMs?: number;
  /** The type's if absent; 0 for none. */
  warnBeforeMs?: number;
  alerts?: JobAlerts;
  labels?: Record<string, string>;
  parent?: string;
  scheduleId?: string;
  dueMs?: number;
  request?: JobInput['request'];
}

/** The type where no job lives longer than the horizon. */
export function withinHorizon(type: JobTypeRecord, horizonMs: number): JobTypeRecord {
  return { ...type, killAfterMs: Math.min(type.killAfterMs, horizonMs) };
}

/** A job of a type, which keeps what that is now for its life. */
export function newJob(
  { type, groups, showsData, alerts, killAfterMs, warnBeforeMs }: JobTypeRecord,
  job: NewJob,
  nowMs: number,
): JobInput {
  const warnMs = job.warnBeforeMs ?? warnBeforeMs;
  const killAtMs = job.killAtMs ?? (job.startAtMs ?? nowMs) + killAfterMs;
  const { warnBeforeMs: _, ...rest } = job;
  return {
    ...{ ...rest, killAtMs, createdMs: nowMs, plan: { type, groups, showsData, alerts } },
    ...(warnMs && { warnBeforeMs: warnMs }),
  };
}
