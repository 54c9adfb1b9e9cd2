import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

/** The workflow type that a destination of a tenant has for as long as it is not healthy. */
export const DESTINATION_WORKFLOW = 'destination';

/** The name of the memo's entry that says how the destination stands. Readable without a worker. */
export const DESTINATION_STATUS = 'destination';

/**
 * - `slowed`: it fails; fewer requests go to it at a time, and after failures there is a pause
 * - `paused`: it has failed for long, or a client wants it so; only a probe goes to it now and then
 */
export type DestinationState = 'slowed' | 'paused';

export interface CircuitSettings {
  /** A destination that has failed for so long without a success is paused. */
  pauseAfterMs: number;
  /** From one probe of a paused destination to the next. */
  probeIntervalMs: number;
  /** A slowed destination is healthy again after so long without a failure. */
  quietMs: number;
}

export interface DestinationStatus {
  tenant: string;
  /** With its port where one is written. */
  host: string;
  state: DestinationState;
  /** When it came into this state, ms since the epoch, as all times here. */
  sinceMs: number;
  consecutiveFailures: number;
  /** When the first of these was; absent after a success. */
  failingSinceMs?: number;
  lastFailureMs?: number;
  /** A status code or the class of an error. */
  lastError?: string;
  /** It asked for nothing before this time. */
  notBeforeMs?: number;
  /** From then on one delivery may go to it while it is paused. Absent where only a client can resume it. */
  nextProbeMs?: number;
  /** When it last had a success, or was resumed by a client: what was before does not count any more. */
  countedFromMs?: number;
}

export interface DestinationInput {
  settings: CircuitSettings;
  status: DestinationStatus;
}

/** What a worker has seen of a destination since its last report. */
export interface OutcomeReport {
  successes: number;
  /** After the last of these successes. */
  failures: number;
  /** When the first failure was after the last success that this worker has seen, now or before. */
  failingSinceMs?: number;
  lastFailureMs?: number;
  lastError?: string;
  notBeforeMs?: number;
}

export const outcomesReported = defineSignal<[report: OutcomeReport]>('outcomesReported');
export const pauseRequested = defineSignal('pauseRequested');
export const resumeRequested = defineSignal('resumeRequested');

/** Whether the caller may send the probe: true once in each interval. */
export const claimProbe = defineUpdate<boolean>('claimProbe');

export const getDestination = defineQuery<DestinationStatus>('getDestination');

/** Workflow ids are never encrypted, so the host is in it as a digest. */
export async function destinationWorkflowId(tenant: string, host: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(host));
  const hex = [...new Uint8Array(digest, 0, 16)].map((byte) => byte.toString(16).padStart(2, '0'));
  return `destination:${tenant}:${hex.join('')}`;
}

/** How a destination stands whose workflow is just started. */
export function newDestination(tenant: string, host: string, nowMs: number): DestinationStatus {
  return { tenant, host, state: 'slowed', sinceMs: nowMs, consecutiveFailures: 0 };
}
