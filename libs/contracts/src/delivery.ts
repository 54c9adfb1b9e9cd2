/** One attempt that is due: what the `deliver` activity gets for each timer of its window. */
export interface Delivery {
  /** Place of the timer in its group. */
  index: number;
  /** The timer's id, sent as `webhook-id` at every attempt. */
  id: string;
  url: string;
  /** 1 for the first. */
  attempt: number;
  /** Not to be sent before this time, ms since the epoch. */
  atMs: number;
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

/** One request to the destination and what came of it. Exactly one of `statusCode` and `error` is there. */
export interface Attempt {
  index: number;
  attempt: number;
  /** When the request was begun, ms since the epoch, by the clock that the worker goes by. */
  startedMs: number;
  finishedMs: number;
  statusCode?: number;
  error?: AttemptError;
}

/** What a window leaves behind. A delivery in neither list was not begun and goes into a later window. */
export interface WindowEnd {
  attempts: Attempt[];
  /** Indexes of the deliveries that are still under way; each is reported by an `attemptEnded` signal. */
  inFlight: number[];
}

export interface DeliverActivities {
  deliver(window: DeliveryWindow): Promise<WindowEnd>;
}

export function isDelivered({ statusCode }: Pick<Attempt, 'statusCode'>): boolean {
  return statusCode !== undefined && statusCode >= 200 && statusCode < 300;
}
