import { isSuccess } from '#contracts/delivery.js';
import { MAX_EARLIER_ENDS } from '#contracts/timers.js';
import type { Attempt, Delivery, Postponed } from '#contracts/delivery.js';
import type {
  AttemptRecord,
  EndStatus,
  Timer,
  TimerProgress,
  TimerView,
  WheelSettings,
} from '#contracts/timers.js';

/** Retry delays are spread by this share both ways, so that what failed together does not come back together. */
const JITTER = 0.2;
/** A destination that asks for more time gets no more than this (RFC 9110 §10.2.3 sets no bound). */
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;
/** 410: the destination wants nothing of this any more. */
const GONE = 410;
/** Attempts in the log; of a timer that is brought back again and again the oldest go. */
const MAX_LOGGED = 50;
/** Kept of all answers to one timer, in characters; the oldest go first. */
const MAX_KEPT_ANSWERS = 4096;

/** One timer on the wheel: where it stands, and what an attempt makes of it. */
export class WheelTimer {
  /** The window that holds it. */
  window?: number;
  /** Changes that are being decided: nothing of it goes into a window meanwhile. */
  undecided = 0;
  readonly log: AttemptRecord[];
  private readonly progress: TimerProgress;

  constructor(
    readonly index: number,
    public timer: Timer,
    progress?: TimerProgress,
    private readonly createdMs = 0,
  ) {
    this.progress = { attempts: 0, nextAttemptMs: timer.dueMs, ...progress };
    this.log = [...(progress?.log ?? [])];
  }

  get ended(): EndStatus | undefined {
    return this.progress.ended;
  }

  get nextAttemptMs(): number {
    return this.progress.nextAttemptMs;
  }

  get inFlightUntilMs(): number | undefined {
    return this.progress.inFlightUntilMs;
  }

  /** A worker that held it is gone, and may have begun the attempt whose outcome is not known yet. */
  get uncertain(): boolean {
    return this.progress.uncertain ?? false;
  }

  get version(): number {
    return this.progress.version ?? 0;
  }

  /** Neither ended nor with a worker: only time has to pass. */
  get waiting(): boolean {
    return !this.ended && this.window === undefined && this.inFlightUntilMs === undefined;
  }

  /** Waiting, and nobody is just deciding about it. */
  get ready(): boolean {
    return this.waiting && this.undecided === 0;
  }

  /** Changed by the client to fire at this time. */
  moveTo(dueMs: number): void {
    this.timer = { ...this.timer, dueMs };
    this.plan(dueMs);
  }

  touched(): void {
    this.progress.version = this.version + 1;
  }

  /** An e-mail that some of its recipients have got was sent, whatever keeps it from the others. */
  end(status: EndStatus, atMs: number): void {
    this.progress.ended = this.progress.remaining ? 'delivered' : status;
    this.progress.changedMs = atMs;
  }

  /** A new series of attempts after the end. */
  reopen(nowMs: number): void {
    const { ended, earlierEnds = [], changedMs = nowMs } = this.progress;
    if (ended) {
      this.progress.earlierEnds = [...earlierEnds, { status: ended, atMs: changedMs }].slice(
        -MAX_EARLIER_ENDS,
      );
    }
    this.progress.ended = undefined;
    this.progress.changedMs = nowMs;
    this.progress.attemptsBefore = this.progress.attempts;
    this.progress.remaining = undefined;
    this.plan(nowMs);
    const { expiresMs } = this.timer;
    if (expiresMs !== undefined && expiresMs <= nowMs) this.timer = { ...this.timer, expiresMs: undefined };
  }

  /** Still under way though its window has ended. */
  flyUntil(ms: number): void {
    this.progress.inFlightUntilMs = ms;
  }

  /** Lost with its worker, which may have begun what was due by then. */
  lose(nowMs: number): void {
    if (this.nextAttemptMs <= nowMs) this.progress.uncertain = true;
  }

  /** What it waits for is lateness: the attempt stays planned for when it should have been. */
  postpone({ untilMs, hasPlace }: Postponed): void {
    this.progress.plannedMs ??= this.nextAttemptMs;
    this.progress.nextAttemptMs = Math.max(this.nextAttemptMs, untilMs);
    this.progress.placeMs = hasPlace ? untilMs : undefined;
  }

  /** No attempt can be begun in time any more. */
  expires(nowMs: number): boolean {
    const { expiresMs = Infinity } = this.timer;
    return expiresMs <= Math.max(nowMs, this.nextAttemptMs);
  }

  /** Applies an outcome, now known. One that is not of the current attempt changes nothing. */
  apply(attempt: Attempt, settings: WheelSettings, random: () => number, nowMs = attempt.finishedMs): void {
    const { progress } = this;
    if (this.ended || this.waiting || attempt.attempt !== progress.attempts + 1) return;
    this.keep(attempt);
    this.window = undefined;
    progress.uncertain = undefined;
    progress.inFlightUntilMs = undefined;
    progress.attempts = attempt.attempt;
    progress.changedMs = nowMs;
    progress.remaining = attempt.remaining ?? progress.remaining;
    const delays = this.timer.retryDelaysMs ?? settings.retryDelaysMs;
    const delayMs = delays[progress.attempts - (progress.attemptsBefore ?? 0) - 1];
    if (isSuccess(attempt.statusCode, this.timer.successStatuses)) this.end('delivered', nowMs);
    else if (delayMs === undefined || attempt.final || attempt.statusCode === GONE) this.end('failed', nowMs);
    else {
      const jitteredMs = Math.round(delayMs * (1 - JITTER + 2 * JITTER * random()));
      const askedMs = Math.min(attempt.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
      this.plan(attempt.finishedMs + Math.max(jitteredMs, askedMs));
    }
  }

  delivery(): Delivery {
    const { id, url, method, headers, body, bodyEncoding, expiresMs, timeoutMs, flow, email } = this.timer;
    const { endpointId, trace, successStatuses, onSuccess } = this.timer;
    const request = { id, url, method, headers, body, bodyEncoding, expiresMs, timeoutMs, flow, endpointId };
    return {
      ...{ index: this.index, attempt: this.progress.attempts + 1, atMs: this.nextAttemptMs },
      ...request,
      ...(this.progress.plannedMs !== undefined && { plannedMs: this.progress.plannedMs }),
      ...(successStatuses && { successStatuses }),
      ...(onSuccess && { tellsSuccess: true }),
      ...(email && { email }),
      ...(this.progress.remaining && { remaining: this.progress.remaining }),
      ...(trace && { trace }),
      // A change may have moved it since.
      ...(this.progress.placeMs === this.nextAttemptMs && { hasPlace: true }),
    };
  }

  view(): TimerView {
    const { createdMs } = this;
    const { attempts, nextAttemptMs, plannedMs, changedMs = createdMs, earlierEnds } = this.progress;
    const held = this.window !== undefined || this.inFlightUntilMs !== undefined;
    const tried = attempts > (this.progress.attemptsBefore ?? 0);
    return {
      ...{ timer: this.timer, status: this.ended ?? (tried ? 'retrying' : 'scheduled') },
      ...{ nextAttemptMs, held, attempts, createdMs, changedMs, version: this.version },
      ...(plannedMs !== undefined && { plannedMs }),
      ...(earlierEnds && { earlierEnds }),
      ...(this.ended === 'failed' && { failure: this.failure() }),
    };
  }

  /** What the next run needs. Of a message that has ended nobody needs what it said. */
  continued(): { timer: Timer; progress: TimerProgress } {
    const { id, dueMs, url, noticeOf } = this.timer;
    if (noticeOf && this.ended) return { timer: { id, dueMs, url, noticeOf }, progress: this.progress };
    return { timer: this.timer, progress: { ...this.progress, log: this.log } };
  }

  private failure(): TimerView['failure'] {
    const { statusCode, error, reason } = this.log.at(-1) ?? {};
    return {
      ...(statusCode !== undefined && { statusCode }),
      ...(error && { error }),
      ...(reason && { reason }),
    };
  }

  private plan(nextAttemptMs: number): void {
    this.progress.nextAttemptMs = nextAttemptMs;
    this.progress.plannedMs = undefined;
  }

  private keep({ index: _index, remaining: _remaining, ...attempt }: Attempt): void {
    this.log.push({ ...attempt, scheduledMs: this.progress.plannedMs ?? this.nextAttemptMs });
    this.log.splice(0, this.log.length - MAX_LOGGED);
    let kept = 0;
    for (const record of [...this.log].reverse()) {
      kept += record.answer?.length ?? 0;
      if (kept > MAX_KEPT_ANSWERS) delete record.answer;
    }
  }
}
