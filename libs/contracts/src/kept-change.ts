import type { BulkKind } from './bulk-change.js';

/** The workflow type that makes a change to a timer of a group that has ended, as soon as there is a worker. */
export const KEPT_CHANGE_WORKFLOW = 'keptChange';

export interface KeptChangeInput {
  tenant: string;
  kind: BulkKind;
  /** Of the timer. */
  id: string;
}

/** What is asked for again while the timer is still in this version is the same change. */
export function keptChangeWorkflowId(tenant: string, id: string, version: number): string {
  return `kept:${tenant}:${id}:${version}`;
}
