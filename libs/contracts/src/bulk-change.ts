import type { TimerFilter } from './timer-filter.js';
import type { EndStatus, TimerView } from './timers.js';

/** The workflow type that changes all timers to which a filter applies. */
export const BULK_CHANGE_WORKFLOW = 'bulkChange';

/** The name of the entry of its memo that tells how far it has come: a `BulkProgress`. */
export const BULK_PROGRESS = 'progress';

export type BulkKind = 'cancel' | 'redeliver';

/** The statuses from which a change is possible at all. */
export const CHANGEABLE: Record<BulkKind, readonly TimerView['status'][]> = {
  cancel: ['scheduled', 'retrying'],
  redeliver: ['failed', 'expired', 'delivered'] satisfies EndStatus[],
};

/** How many timers a bulk change has dealt with. */
export interface BulkTally {
  /** Changed, or left for a worker to change. */
  done: number;
  /** Their status had become another one by then. */
  refused: number;
  failed: number;
  /** Changed before by this same bulk change, which the list did not tell yet: it counts once. */
  repeated: number;
}

export interface BulkProgress extends Omit<BulkTally, 'repeated'> {
  kind: BulkKind;
  /** Found so far. */
  matched: number;
  createdMs: number;
}

/** One way through all timers that match. */
export interface BulkPass {
  startedMs: number;
  /** Found in it so far. */
  matched: number;
  cursor?: string;
}

export interface BulkChangeInput {
  tenant: string;
  kind: BulkKind;
  filter: TimerFilter;
  progress: BulkProgress;
  /** Where the run before had come to. */
  pass?: BulkPass;
}

/** Some of the timers that are to be changed. */
export interface TimerIds {
  ids: string[];
  /** Where more may be; absent at the end. */
  cursor?: string;
}

export interface FindTimers {
  tenant: string;
  filter: TimerFilter;
  cursor?: string;
}

export interface ChangeTimers {
  tenant: string;
  kind: BulkKind;
  ids: string[];
  /** They were looked for before: those that are changed already were counted then. */
  again: boolean;
}

export interface BulkActivities {
  findTimers(request: FindTimers): Promise<TimerIds>;
  /** Ends early when it is called off; the tally then tells of the first ones only. */
  changeTimers(request: ChangeTimers): Promise<BulkTally>;
}

/** The tenant is part of it, so no id of an operation reaches across tenants. */
export function bulkChangeWorkflowId(tenant: string, operationId: string): string {
  return `operation:${tenant}:${operationId}`;
}
