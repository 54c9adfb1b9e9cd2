import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { JobAlerts } from './job-alert.js';
import type { GroupPlan, JobPlan, RetryPlan } from './job-plan.js';

/** The workflow type of every job. */
export const JOB_WORKFLOW = 'job';

/** Of global work in names, where a tenant's id stands else. No tenant can be called so. */
export const GLOBAL = '@global';

/** The name of the entry of its memo that tells how far it has come: a `JobSummary`. */
export const JOB_SUMMARY = 'job';

/**
 * - `scheduled`: before its start
 * - `running`: a group is queued, running, or waits to be tried again
 * - `uncertain`: nobody knows how far a group came that must not be repeated; a person decides
 * - `succeeded`: every group has ended well, or was skipped
 * - `failed`: a group has failed for good
 * - `canceled`: by the client
 * - `killed`: at its `kill_at`
 */
export const JOB_STATUSES = [
  ...(['scheduled', 'running', 'uncertain'] as const),
  ...(['succeeded', 'failed', 'canceled', 'killed'] as const),
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/**
 * - `waiting`: for the groups before it
 * - `running`: queued, running, or waiting to be tried again
 * - `uncertain`: it was lost with its worker and must not be repeated unasked
 * - `dropped`: the job ended before it
 */
export type GroupStatus =
  'waiting' | 'running' | 'uncertain' | 'succeeded' | 'failed' | 'skipped' | 'dropped';

/** How a group of a job stands. */
export interface GroupState {
  status: GroupStatus;
  /** Tries that have ended; of a group that runs, those that the engine does not count any more. */
  tries: number;
  /** When it was queued, ms since the epoch. */
  queuedMs?: number;
  /** When its latest try began. */
  startedMs?: number;
  endedMs?: number;
  /** Why its latest try did not end well. */
  error?: string;
}

/** What a job has come to. */
export interface JobState {
  status: JobStatus;
  groups: GroupState[];
  /** What its steps have written; absent before the first group has ended well. */
  data?: unknown;
  /** Jobs that its groups have started. */
  children: number;
  /** The ids of the first `MAX_SHOWN_CHILDREN` of them. */
  childIds: string[];
  /** Names of the first `MAX_SHOWN_RESULTS` aggregated results that its groups have added to. */
  results: string[];
  warned?: boolean;
  endedMs?: number;
}

export const MAX_SHOWN_CHILDREN = 100;
export const MAX_SHOWN_RESULTS = 100;

/** The small part of it that is read without a worker, and listed. */
export interface JobSummary {
  status: JobStatus;
  /** The group that it has come to. */
  group: number;
  groups: number;
  children: number;
  createdMs: number;
  killAtMs: number;
  startAtMs?: number;
  endedMs?: number;
  labels?: Record<string, string>;
  error?: string;
}

/** What the engine is told of a job. */
export interface JobInput {
  id: string;
  /** Null: of all tenants. */
  tenant: string | null;
  plan: JobPlan;
  input: unknown;
  createdMs: number;
  /** Nothing is begun before; at once if absent. */
  startAtMs?: number;
  /** Nothing is begun from then on, and what runs is stopped. */
  killAtMs: number;
  /** So long before, those concerned are warned; not at all if absent. */
  warnBeforeMs?: number;
  alerts?: JobAlerts;
  labels?: Record<string, string>;
  /** The job that started it. */
  parent?: string;
  /** The schedule that it is a run of, and when that run was due. */
  scheduleId?: string;
  dueMs?: number;
  /** What a repetition of a request with an `Idempotency-Key` is recognized by. */
  request?: { atMs: number; fingerprint: string };
  /** From the run before. */
  state?: JobState;
}

/** What a try of a group is told. */
export interface GroupTask {
  job: { id: string; tenant: string | null; type: string };
  group: string;
  /** Place of the group in its job, from 0. */
  index: number;
  input: unknown;
  data?: unknown;
  /** Of a try. */
  timeoutMs: number;
  /** As the job has it from its start, whatever the worker's own code says. */
  retry: RetryPlan | 'none';
  /** Of the run of a schedule: when it was due. */
  dueMs?: number;
  killAtMs: number;
  /** Tries that had ended when a worker gave the group back; none if absent. The engine counts anew since. */
  triesBefore?: number;
}

/** A job that a group wants to have started when it ends well. */
export interface ChildJob {
  /** Follows from the group that enqueues it, or from its key; filled in where a worker in another language names none. */
  id?: string;
  type: string;
  input: unknown;
  tenant: string | null;
  /** Of all that are enqueued with the same key, type and tenant one is started. */
  key?: string;
}

/** What a group adds to an aggregated result. */
export interface Contribution {
  result: string;
  counters?: Record<string, number>;
  lists?: Record<string, unknown[]>;
}

/** What a group leaves behind that has ended well; of one that has not, nothing is left. */
export interface GroupOutcome {
  data?: unknown;
  children?: ChildJob[];
  contributions?: Contribution[];
  tries?: number;
  startedMs?: number;
}

/** Of all that a group leaves behind: what the engine takes as one value, with room for plan and state of a job around it. */
export const MAX_OUTCOME_BYTES = 1_000_000;

/** Of why a try has failed. */
export const MAX_MESSAGE_LENGTH = 1_000;

/** What is told of a try that has failed: the details of its failure. */
export interface GroupFailure {
  tries: number;
  startedMs: number;
  /** Of a try that was given back: the group is to be queued again after so long. */
  pauseMs?: number;
}

/** A try may take so much longer than its time limit: its steps must stop, and its worker must tell. */
export const STOP_TIME_MS = 6_000;

/** Of the failure of a try after which no other is to be made. */
export const FINAL_FAILURE = 'FinalError';

/**
 * Of a try that asked for what can not be, such as a child with wrong input: no other is to be made. Its steps have run, so
 * where they must not be repeated it is for a person to decide.
 */
export const REFUSED_FAILURE = 'GroupRefused';

/** Of a try that its worker has given back: it is not to count. */
export const RETURNED_FAILURE = 'GroupReturned';

/** Of a try on a worker that has not got this group, or could not make sure that it is its own: nothing of it was run. */
export const UNKNOWN_FAILURE = 'GroupUnknown';

/** Of a try that was stopped at the `kill_at` of its job. */
export const KILLED_FAILURE = 'GroupKilled';

/** What follows when a group has ended well, once however often it is asked for. */
export interface Settlement {
  job: GroupTask['job'];
  index: number;
  children: ChildJob[];
  contributions: Contribution[];
}

export interface StartedChildren {
  count: number;
  /** Of the first `MAX_SHOWN_CHILDREN`. */
  ids: string[];
}

export interface JobActivities {
  runGroup(task: GroupTask): Promise<GroupOutcome>;
  /** Starts the children, adds to the results. */
  settleGroup(settlement: Settlement): Promise<StartedChildren>;
}

export type Decision = 'retry' | 'skip';

export interface DecisionRequest {
  index: number;
  decision: Decision;
}

export const getJob = defineQuery<JobState>('getJob');

/** What a person decides on an uncertain group. False if it is not uncertain any more. */
export const decideGroup = defineUpdate<boolean, [request: DecisionRequest]>('decideGroup');

/** The tenant is part of it, so no id of a job reaches across tenants. */
export function jobWorkflowId(tenant: string | null, jobId: string): string {
  return `job:${tenant ?? GLOBAL}:${jobId}`;
}

export function newJobState(groups: readonly GroupPlan[], scheduled: boolean): JobState {
  return {
    status: scheduled ? 'scheduled' : 'running',
    groups: groups.map(() => ({ status: 'waiting', tries: 0 })),
    ...{ children: 0, childIds: [], results: [] },
  };
}

/** A job can be brought back from then on. */
export function isOver(status: JobStatus): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'canceled' || status === 'killed';
}

export function summaryOf(
  { createdMs, killAtMs, startAtMs, labels }: JobInput,
  { status, groups, children, endedMs }: JobState,
): JobSummary {
  const group = groups.findIndex((each) => each.status !== 'succeeded' && each.status !== 'skipped');
  const at = group < 0 ? groups.length : group;
  return {
    ...{ status, group: at, groups: groups.length, children, createdMs, killAtMs },
    ...{ startAtMs, endedMs, labels, error: groups[at]?.error },
  };
}
