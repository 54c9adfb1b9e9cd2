import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Attempt, FlowControl, TraceOrigin, WebhookRequest } from './delivery.js';
import type { EmailMessage } from './email.js';
import type { ScheduleRecord } from './schedule.js';
import type { ChangeRequest } from './timer-change.js';

/**
 * What the timers of a group deliver, and so the workflow type that carries them: requests to urls, or e-mails. Both turn
 * the same wheel; as types of their own neither is found among the other.
 */
export type GroupKind = 'timers' | 'emails';

/** The workflow type that carries one or more timers of one tenant. */
export const TIMERS_WORKFLOW = 'timers' satisfies GroupKind;

/** More timers than this never share a workflow: a window's outcome must stay a small piece of history. */
export const MAX_TIMERS_PER_GROUP = 100;

/** The tenant of everything as long as API keys are off. */
export const DEFAULT_TENANT = 'default';

/**
 * - `scheduled`: before its first attempt
 * - `dispatching`: its time has come, and the attempt is under way or waits for its turn
 * - `retrying`: an attempt failed, the next one has a time
 * - `delivered`: a destination answered as it should
 * - `failed`: the last attempt of the retry plan failed, or the destination said 410
 * - `canceled`: by the client, before it was delivered
 * - `expired`: not delivered before the time after which nobody wants it
 */
export type TimerStatus = 'scheduled' | 'dispatching' | 'retrying' | EndStatus;
export type EndStatus = 'delivered' | 'failed' | 'canceled' | 'expired';

/** What the client asked for. */
export interface Timer extends WebhookRequest {
  id: string;
  /** Of the url, where it is written otherwise there, such as `https://Bücher.example:443/`. */
  host?: string;
  /** When the first attempt is due, ms since the epoch. */
  dueMs: number;
  /** No attempt is begun from then on. */
  expiresMs?: number;
  /** Time limit of one request, where it is not the wheel's. */
  timeoutMs?: number;
  /** Time from the end of a failed attempt to the next one, where it is not the wheel's plan. */
  retryDelaysMs?: number[];
  /** Statuses that count as delivered; every 2xx if absent. */
  successStatuses?: number[];
  labels?: Record<string, string>;
  /** Urls that are told how it ended. */
  onSuccess?: string;
  onFailure?: string;
  flow?: FlowControl;
  /** The schedule that it is a run of. */
  scheduleId?: string;
  /** It tells of the end of the timer with this id, and was set by the wheel itself. */
  noticeOf?: string;
  /** What is sent instead of a request; the url then is `mailto:` and the first address. */
  email?: EmailMessage;
  /** The webhook endpoint that it is for, whose secrets sign it. */
  endpointId?: string;
  /** Where the request that set it was traced. */
  trace?: TraceOrigin;
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

/** An attempt that has ended, and when it should have begun. */
export type AttemptRecord = Omit<Attempt, 'index'> & { scheduledMs: number };

/** How a timer had ended, and when the wheel learned of it. */
export interface TimerEnd {
  status: EndStatus;
  atMs: number;
}

/** What is kept of a timer that is redelivered again and again is small. */
export const MAX_EARLIER_ENDS = 5;

/** How far a timer has come. Only what continue-as-new must carry: windows are closed by then. */
export interface TimerProgress {
  /** Attempts that have ended. */
  attempts: number;
  nextAttemptMs: number;
  ended?: EndStatus;
  /** Begun by a window that has ended; counts as lost at this time if no outcome was reported. */
  inFlightUntilMs?: number;
  /** When the next attempt should have begun, if it was postponed since. */
  plannedMs?: number;
  /** A worker that held it is gone, and may have begun the attempt whose outcome is not known yet. */
  uncertain?: boolean;
  /** When the wheel learned that the status had changed the last time, ms since the epoch. */
  changedMs?: number;
  /** Changes by the client so far. */
  version?: number;
  /** How it had ended before it was redelivered, the latest `MAX_EARLIER_ENDS`. */
  earlierEnds?: TimerEnd[];
  /** Attempts before it was last redelivered: they do not count in the retry plan. */
  attemptsBefore?: number;
  /** Its place in its flow, if it was given one that was not near. */
  placeMs?: number;
  /** Recipients of its e-mail who have not got it, where others have. */
  remaining?: string[];
  log?: AttemptRecord[];
}

/** Of the workflow of a schedule's run, which the engine starts with the same input each time. */
export interface ScheduledRun {
  groupKey: string;
  /** So long before a run is due the engine starts it. */
  leadSeconds: number;
  /** Each run is due up to so much later, by chance. */
  jitterMs: number;
  /** For those who ask the engine about the schedule; the run makes nothing of it. */
  schedule: ScheduleRecord;
}

/** What a repetition of a request with an `Idempotency-Key` is recognized and answered by. */
export interface KeyedRequest {
  /** When it first came. */
  atMs: number;
  /** Digest of its body. */
  fingerprint: string;
  /** Of a batch: where in it each timer stands. */
  places?: number[];
}

export interface TimersInput {
  tenant: string;
  settings: WheelSettings;
  /** When the timers were set, ms since the epoch; if absent, when the workflow first ran. */
  createdMs?: number;
  /** In the run of a schedule one whose id and due time the run fills in. */
  timers: Timer[];
  /** From the run before, one for each timer; absent in the first run. */
  progress?: TimerProgress[];
  run?: ScheduledRun;
  /** Ids of the latest changes, so that one which came twice is made once. */
  changes?: string[];
  /** What this run begins with: the one before had ended, and this brings timers of it back. */
  begin?: ChangeRequest[];
  /** The same in runs that were started when it was one only. */
  change?: ChangeRequest;
  /** The request with an `Idempotency-Key` that this answers. */
  request?: KeyedRequest;
}

/** A timer as its workflow knows it. */
export interface TimerView {
  timer: Timer;
  /** Never `dispatching`: a query's answer must not depend on when it is asked. See `statusAt`. */
  status: Exclude<TimerStatus, 'dispatching'>;
  nextAttemptMs: number;
  /** When the next attempt should have begun, if it was postponed since. */
  plannedMs?: number;
  /** A worker holds it, to send it when its time has come. */
  held: boolean;
  /** Attempts that have ended. */
  attempts: number;
  createdMs: number;
  changedMs: number;
  version: number;
  earlierEnds?: TimerEnd[];
  /** What the last attempt came to, where the timer has failed. */
  failure?: Pick<Attempt, 'statusCode' | 'error' | 'reason'>;
}

/** The timer with this index in the group; null if there is none. */
export const getDeadline = defineQuery<TimerView | null, [index: number]>('getDeadline');

/** Every attempt of the timer with this index that has ended. */
export const getAttempts = defineQuery<AttemptRecord[], [index: number]>('getAttempts');

/** All that the workflow knows: the input of a run that goes on where this one stands. */
export const getState = defineQuery<TimersInput>('getState');

/** Tells of an attempt that was still under way when its window ended. */
export const attemptEnded = defineSignal<[attempt: Attempt]>('attemptEnded');

export function statusAt(
  { held, nextAttemptMs, status }: Pick<TimerView, 'held' | 'nextAttemptMs' | 'status'>,
  nowMs: number,
): TimerStatus {
  return held && nowMs >= nextAttemptMs ? 'dispatching' : status;
}
