import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Attempt } from './delivery.js';

/** The workflow type that carries one or more timers of one tenant. */
export const TIMERS_WORKFLOW = 'timers';

/** More timers than this never share a workflow: a window's outcome must stay a small piece of history. */
export const MAX_TIMERS_PER_GROUP = 100;

/** The tenant of everything as long as API keys are off. */
export const DEFAULT_TENANT = 'default';

/**
 * - `scheduled`: before its first attempt
 * - `dispatching`: its time has come and the attempt is under way
 * - `retrying`: an attempt failed, the next one has a time
 * - `delivered`: a destination answered 2xx
 * - `failed`: the last attempt of the retry plan failed
 */
export type TimerStatus = 'scheduled' | 'dispatching' | 'retrying' | 'delivered' | 'failed';

/** What the client asked for. */
export interface Timer {
  id: string;
  /** When the first attempt is due, ms since the epoch. */
  dueMs: number;
  url: string;
}

/**
 * How the wheel turns. Part of the workflow's input, so that a worker of another configuration replays the same
 * decisions.
 */
export interface WheelSettings {
  /** A window is opened this long before its first timer is due. */
  leadMs: number;
  /** A window takes the timers that are due within this time of its opening, on top of the lead. */
  widthMs: number;
  /** Time limit of one request. */
  requestTimeoutMs: number;
  /** Time from the end of a failed attempt to the next one, ± 20 %. After the last, the timer has failed. */
  retryDelaysMs: number[];
}

/** How far a timer has come. Only what continue-as-new must carry: windows are closed by then. */
export interface TimerProgress {
  /** Attempts that have ended. */
  attempts: number;
  nextAttemptMs: number;
  ended?: 'delivered' | 'failed';
  /** Begun by a window that has ended; counts as lost at this time if no outcome was reported. */
  inFlightUntilMs?: number;
}

export interface TimersInput {
  tenant: string;
  settings: WheelSettings;
  timers: Timer[];
  /** From the run before, one for each timer; absent in the first run. */
  progress?: TimerProgress[];
}

/** A timer as its workflow knows it. */
export interface TimerView {
  timer: Timer;
  /** Never `dispatching`: a query's answer must not depend on when it is asked. See `statusAt`. */
  status: Exclude<TimerStatus, 'dispatching'>;
  nextAttemptMs: number;
  /** A worker holds it, to send it when its time has come. */
  held: boolean;
}

/** One timer in the workflow's memo: due time in ms, status, destination host. Readable without a worker. */
export type TimerLine = [dueMs: number, status: TimerView['status'], host: string];

/** The timer with this index in the group; null if there is none. */
export const getDeadline = defineQuery<TimerView | null, [index: number]>('getDeadline');

/** Tells of an attempt that was still under way when its window ended. */
export const attemptEnded = defineSignal<[attempt: Attempt]>('attemptEnded');

export function statusAt(view: TimerView, nowMs: number): TimerStatus {
  return view.held && nowMs >= view.nextAttemptMs ? 'dispatching' : view.status;
}

export function timerLine({ timer, status }: Pick<TimerView, 'timer' | 'status'>): TimerLine {
  return [timer.dueMs, status, hostOf(timer.url)];
}

// Workflow code has no URL class to rely on; what stands here has been through one in the server.
function hostOf(url: string): string {
  return /^https?:\/\/([^/?#]*)/i.exec(url)?.[1]?.toLowerCase() ?? '';
}
