import type { EmailMessage, SkipReason } from './email.js';

/** What a request to a destination says. */
export interface WebhookRequest {
  url: string;
  /** `POST` if absent. */
  method?: WebhookMethod;
  /** By lower-case name. None of those that the sender sets itself. */
  headers?: Record<string, string>;
  /** As text in UTF-8, or in base64; no body if absent. The same bytes at every attempt. */
  body?: string;
  bodyEncoding?: 'base64';
}

export const WEBHOOK_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type WebhookMethod = (typeof WEBHOOK_METHODS)[number];

/** Shared by all timers of a tenant with the same key: so many may begin in a period, so many be under way. */
export interface FlowControl {
  key: string;
  /** Begun within one period. */
  rate?: number;
  periodMs?: number;
  /** Under way at a time. */
  parallelism?: number;
}

/** The recorded request that something goes back to. */
export interface TraceOrigin {
  /** As in W3C Trace Context. */
  traceparent: string;
  /** When it was made, ms since the epoch; 0: long ago, whenever that was. */
  atMs: number;
}

/** One attempt that is due: what the `deliver` activity gets for each timer of its window. */
export interface Delivery extends WebhookRequest {
  /** Place of the timer in its group. */
  index: number;
  /** The timer's id, sent as `webhook-id` at every attempt. */
  id: string;
  /** 1 for the first. */
  attempt: number;
  /** Not to be sent before this time, ms since the epoch. */
  atMs: number;
  /** When it was to be begun before it had to wait for a flow or its destination: what it is late from. Absent: `atMs`. */
  plannedMs?: number;
  /** Not to be begun from this time on. */
  expiresMs?: number;
  /** Time limit of this request, where it is not the window's. */
  timeoutMs?: number;
  /** Statuses that count as delivered; every 2xx if absent. */
  successStatuses?: number[];
  /** Somebody is to be told of its success. */
  tellsSuccess?: true;
  flow?: FlowControl;
  /** What is sent instead of a request. */
  email?: EmailMessage;
  /** Those of the e-mail's recipients whom the server has not taken it for yet. Absent: all. */
  remaining?: string[];
  /** The webhook endpoint that it is for, whose secrets sign it. */
  endpointId?: string;
  /** `atMs` is its place in the flow, taken when it was postponed. */
  hasPlace?: boolean;
  /** Absent where nothing is traced. */
  trace?: TraceOrigin;
}

/** The timers of one group that one `deliver` activity holds in memory because they are due next. */
export interface DeliveryWindow {
  tenant: string;
  /** Time limit of one request, connecting and reading included. */
  requestTimeoutMs: number;
  deliveries: Delivery[];
}

/**
 * Why an attempt got no answer. `lost`: the worker that had begun it is gone, so nobody knows what came of it.
 */
export type AttemptError = 'dns' | 'connect' | 'tls' | 'timeout' | 'reset' | 'blocked' | 'http' | 'lost';

/**
 * One request to the destination, or one mail given to the SMTP server, and what came of it. Exactly one of `statusCode`
 * and `error` is there.
 */
export interface Attempt {
  index: number;
  attempt: number;
  /** When the request was begun, ms since the epoch, by the clock that the worker goes by. */
  startedMs: number;
  finishedMs: number;
  /** Of the answer: HTTP's, or SMTP's reply code. */
  statusCode?: number;
  error?: AttemptError;
  /** Another attempt would come to the same: there is none, whatever the retry plan says. */
  final?: true;
  /** Why the recipients of an e-mail get nothing. */
  reason?: SkipReason;
  /** Recipients for whom the SMTP server has refused the e-mail for now, where it has taken it for others. */
  remaining?: string[];
  /** The destination asks not to be tried again before so long has passed. */
  retryAfterMs?: number;
  /** The beginning of the answer's body, or the SMTP server's words, at most `MAX_KEPT_ANSWER_BYTES`. */
  answer?: string;
}

/** Kept of an answer: outcomes are history. */
export const MAX_KEPT_ANSWER_BYTES = 1024;

/** A delivery that was not begun and is not to be until a later time. It costs no attempt. */
export interface Postponed {
  index: number;
  untilMs: number;
  /** This is its place in its flow. */
  hasPlace?: boolean;
}

/** What a window leaves behind. A delivery in none of the lists was not begun and goes into a later window. */
export interface WindowEnd {
  attempts: Attempt[];
  /** Indexes of the deliveries that are still under way; each is reported by an `attemptEnded` signal. */
  inFlight: number[];
  postponed?: Postponed[];
}

/** What a worker records by heartbeats, for the case that it does not come to the end of a window. */
export interface WindowRecord {
  attempts: Attempt[];
}

export interface DeliverActivities {
  deliver(window: DeliveryWindow): Promise<WindowEnd>;
}

/** Whether an attempt's status is what the timer calls a success: 2xx unless it names others. */
export function isSuccess(statusCode: number | undefined, successStatuses?: readonly number[]): boolean {
  if (statusCode === undefined) return false;
  return successStatuses ? successStatuses.includes(statusCode) : statusCode >= 200 && statusCode < 300;
}
