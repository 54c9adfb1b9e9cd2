import { isDelivered } from '#contracts/delivery.js';
import type { Attempt, Delivery, DeliveryWindow, WindowEnd } from '#contracts/delivery.js';
import { MAX_TIMERS_PER_GROUP } from '#contracts/timers.js';
import type { Timer, TimerProgress, TimersInput, TimerView } from '#contracts/timers.js';

/** Retry delays are spread by this share both ways, so that what failed together does not come back together. */
const JITTER = 0.2;

/** How long after its time limit a request that nobody reported may still be reported. */
const REPORT_MARGIN_MS = 15_000;

interface WheelTimer extends TimerProgress {
  index: number;
  timer: Timer;
  /** The window that holds it. */
  window?: number;
}

/**
 * What becomes of the timers of one group: which go into the next window, when to wake up, what an outcome makes of a
 * timer. Plain state without Temporal in it; the `timers` workflow turns it.
 *
 * Invariants: a timer is in at most one window; it is in none before its time less lead and width; once ended it never
 * changes; every timer that has not ended is held, in flight until a set time, or waiting for a set time.
 */
export class Wheel {
  private readonly timers: WheelTimer[];
  private lastWindow = 0;

  constructor(
    private readonly input: TimersInput,
    private readonly random: () => number,
  ) {
    this.timers = input.timers.map((timer, index) => ({
      index,
      timer,
      ...(input.progress?.[index] ?? { attempts: 0, nextAttemptMs: timer.dueMs }),
    }));
  }

  get ended(): boolean {
    return this.timers.every(({ ended }) => ended);
  }

  get holdsWindows(): boolean {
    return this.timers.some(({ window }) => window !== undefined);
  }

  /** When something is to be done again; Infinity if only an outcome can change anything. */
  get nextWakeMs(): number {
    let next = Infinity;
    for (const timer of this.timers) {
      if (timer.inFlightUntilMs !== undefined) next = Math.min(next, timer.inFlightUntilMs);
      else if (isWaiting(timer)) next = Math.min(next, timer.nextAttemptMs - this.input.settings.leadMs);
    }
    return next;
  }

  /** Takes the timers that are due next into a new window; undefined if it is too early for all of them. */
  openWindow(nowMs: number): { number: number; window: DeliveryWindow } | undefined {
    if (this.nextWaitingMs() > nowMs + this.input.settings.leadMs) return undefined;
    const { leadMs, widthMs, requestTimeoutMs } = this.input.settings;
    const due = this.timers
      .filter((timer) => isWaiting(timer) && timer.nextAttemptMs <= nowMs + leadMs + widthMs)
      .sort((a, b) => a.nextAttemptMs - b.nextAttemptMs)
      .slice(0, MAX_TIMERS_PER_GROUP);
    const number = ++this.lastWindow;
    for (const timer of due) timer.window = number;
    return {
      number,
      window: { tenant: this.input.tenant, requestTimeoutMs, deliveries: due.map(deliveryOf) },
    };
  }

  /** Applies what a window left behind. What it did not begin waits again, and so goes into the next one. */
  closeWindow(number: number, end: WindowEnd, nowMs: number): void {
    for (const attempt of end.attempts) this.applyAttempt(attempt);
    const inFlightUntilMs = nowMs + this.input.settings.requestTimeoutMs + REPORT_MARGIN_MS;
    const inFlight = new Set(end.inFlight);
    for (const timer of this.timers.filter(({ window }) => window === number)) {
      timer.window = undefined;
      if (inFlight.has(timer.index)) timer.inFlightUntilMs = inFlightUntilMs;
    }
  }

  /** Applies an outcome, from a window or reported later. One that is not of the current attempt changes nothing. */
  applyAttempt(attempt: Attempt): void {
    const timer = this.timers[attempt.index];
    if (!timer || timer.ended || isWaiting(timer) || attempt.attempt !== timer.attempts + 1) return;
    timer.window = undefined;
    timer.inFlightUntilMs = undefined;
    timer.attempts = attempt.attempt;
    const delayMs = this.input.settings.retryDelaysMs[timer.attempts - 1];
    if (isDelivered(attempt)) timer.ended = 'delivered';
    else if (delayMs === undefined) timer.ended = 'failed';
    else timer.nextAttemptMs = attempt.finishedMs + this.jittered(delayMs);
  }

  /** Counts as failed what was in flight when its worker went away, and was not reported in time. */
  loseUnreported(nowMs: number): void {
    for (const { index, attempts, nextAttemptMs, inFlightUntilMs = Infinity } of this.timers) {
      if (inFlightUntilMs > nowMs) continue;
      const lost = { index, attempt: attempts + 1, startedMs: nextAttemptMs, finishedMs: nowMs };
      this.applyAttempt({ ...lost, error: 'lost' });
    }
  }

  view(index: number): TimerView | null {
    const timer = this.timers[index];
    return timer ? viewOf(timer) : null;
  }

  views(): TimerView[] {
    return this.timers.map(viewOf);
  }

  /** The input of the next run. Only to be taken while no window is open. */
  continued(): TimersInput {
    return { ...this.input, progress: this.timers.map(progressOf) };
  }

  private nextWaitingMs(): number {
    return this.timers
      .filter(isWaiting)
      .reduce((next, timer) => Math.min(next, timer.nextAttemptMs), Infinity);
  }

  private jittered(delayMs: number): number {
    return Math.round(delayMs * (1 - JITTER + 2 * JITTER * this.random()));
  }
}

function isWaiting({ ended, window, inFlightUntilMs }: WheelTimer): boolean {
  return !ended && window === undefined && inFlightUntilMs === undefined;
}

function deliveryOf({ index, timer: { id, url }, attempts, nextAttemptMs }: WheelTimer): Delivery {
  return { index, id, url, attempt: attempts + 1, atMs: nextAttemptMs };
}

function progressOf({ attempts, nextAttemptMs, ended, inFlightUntilMs }: WheelTimer): TimerProgress {
  return { attempts, nextAttemptMs, ended, inFlightUntilMs };
}

function viewOf({ timer, attempts, nextAttemptMs, ended, window, inFlightUntilMs }: WheelTimer): TimerView {
  const held = window !== undefined || inFlightUntilMs !== undefined;
  return { timer, status: ended ?? (attempts > 0 ? 'retrying' : 'scheduled'), nextAttemptMs, held };
}
