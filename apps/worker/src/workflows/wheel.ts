import type { Attempt, DeliveryWindow, WindowEnd } from '#contracts/delivery.js';
import type { ChangeRequest, ChangeResult } from '#contracts/timer-change.js';
import { MAX_TIMERS_PER_GROUP } from '#contracts/timers.js';
import type { AttemptRecord, TimersInput, TimerView } from '#contracts/timers.js';
import { makeChange } from './change.js';
import { noticeOf } from './notice.js';
import { WheelTimer } from './wheel-timer.js';

/** How long after its time limit a request that nobody reported may still be reported. */
const REPORT_MARGIN_MS = 15_000;

/** So many changes are remembered; one comes twice only within seconds. */
const REMEMBERED_CHANGES = 100;

/**
 * What becomes of the timers of one group: which go into the next window, when to wake up, what an outcome or a change
 * makes of a timer. Plain state without Temporal in it; the `timers` workflow turns it.
 *
 * Invariants: a timer is in at most one window; it is in none before its time less lead and width, and in none while a
 * change to it is undecided; once ended it changes only by being redelivered; every timer that has not ended is held,
 * in flight until a set time, or waiting for a set time.
 */
export class Wheel {
  private readonly timers: WheelTimer[];
  private readonly changes: string[];
  private lastWindow = 0;

  constructor(
    private readonly input: TimersInput,
    private readonly random: () => number,
  ) {
    this.timers = input.timers.map(
      (timer, index) => new WheelTimer(index, timer, input.progress?.[index], input.createdMs),
    );
    this.changes = [...(input.changes ?? [])];
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
      else if (timer.ready) next = Math.min(next, timer.nextAttemptMs - this.input.settings.leadMs);
    }
    return next;
  }

  /** Takes the timers that are due next into a new window; undefined if it is too early for all of them. */
  openWindow(nowMs: number): { number: number; window: DeliveryWindow } | undefined {
    const { leadMs, widthMs, requestTimeoutMs } = this.input.settings;
    const ready = this.timers.filter((timer) => timer.ready);
    if (!ready.some(({ nextAttemptMs }) => nextAttemptMs <= nowMs + leadMs)) return undefined;
    const due = ready
      .filter(({ nextAttemptMs }) => nextAttemptMs <= nowMs + leadMs + widthMs)
      .sort((a, b) => a.nextAttemptMs - b.nextAttemptMs)
      .slice(0, MAX_TIMERS_PER_GROUP);
    const number = ++this.lastWindow;
    for (const timer of due) timer.window = number;
    const deliveries = due.map((timer) => timer.delivery());
    return { number, window: { tenant: this.input.tenant, requestTimeoutMs, deliveries } };
  }

  /**
   * Applies what a window left behind. What it did not begin waits again, and so goes into the next one. Of a window
   * that was lost with its worker, `attempts` is what it had recorded: what else was due by then may have been begun.
   */
  closeWindow(number: number, end: WindowEnd, nowMs: number, lost = false): void {
    for (const attempt of end.attempts) this.applyAttempt(attempt, nowMs);
    const inFlight = new Set(end.inFlight);
    for (const timer of this.timers.filter(({ window }) => window === number)) {
      timer.window = undefined;
      if (lost) timer.lose(nowMs);
      if (inFlight.has(timer.index)) timer.flyUntil(this.reportedUntilMs(timer, nowMs));
    }
    for (const postponed of end.postponed ?? []) this.timers[postponed.index]?.postpone(postponed);
  }

  /** Applies an outcome, from a window or reported later. One that is not of the current attempt changes nothing. */
  applyAttempt(attempt: Attempt, nowMs = attempt.finishedMs): void {
    const timer = this.timers[attempt.index];
    if (!timer || timer.ended) return;
    timer.apply(attempt, this.input.settings, this.random, nowMs);
    this.notify(timer, attempt.finishedMs);
  }

  /**
   * Ends what can no more be begun in time, and takes for failed what was in flight and not reported in time. Returns how
   * many attempts were lost so.
   */
  passTime(nowMs: number): number {
    let lost = 0;
    for (const timer of [...this.timers]) {
      const { index, nextAttemptMs, inFlightUntilMs = Infinity } = timer;
      if (inFlightUntilMs <= nowMs) {
        const { attempt } = timer.delivery();
        this.applyAttempt({ index, attempt, startedMs: nextAttemptMs, finishedMs: nowMs, error: 'lost' });
        lost += 1;
      }
      if (timer.ready && timer.expires(nowMs)) {
        timer.end('expired', nowMs);
        this.notify(timer, nowMs);
      }
    }
    return lost;
  }

  /** The window that holds the timer: it must give it back before a change can be decided. */
  windowOf(id: string): number | undefined {
    return this.find(id)?.window;
  }

  /** Until the decision nothing of the timer goes into a window. */
  beginChange(id: string): void {
    const timer = this.find(id);
    if (timer) timer.undecided += 1;
  }

  /** Decides a change to a timer that no window holds. One that was made before is not made again. */
  endChange({ changeId, id, change }: ChangeRequest, nowMs: number): ChangeResult {
    const timer = this.find(id);
    if (!timer) return { outcome: 'unknown', view: null, dispatching: false };
    timer.undecided -= 1;
    const dispatching = timer.uncertain || timer.inFlightUntilMs !== undefined;
    let outcome: ChangeResult['outcome'] = 'made';
    const repeated = this.changes.includes(changeId);
    if (!repeated) {
      const others = this.timers.filter((other) => other !== timer).map((other) => other.timer);
      outcome = makeChange(timer, change, { dispatching, others, nowMs });
      if (outcome === 'made') this.changes.push(changeId);
      // Canceled, an e-mail that some have got was sent.
      if (outcome === 'made' && timer.ended === 'delivered') this.notify(timer, nowMs);
      this.changes.splice(0, this.changes.length - REMEMBERED_CHANGES);
    }
    return { outcome, view: timer.view(), dispatching, ...(repeated && { repeated }) };
  }

  view(index: number): TimerView | null {
    return this.timers[index]?.view() ?? null;
  }

  /** Of the timers that the client has set; what the wheel has added is not among them. */
  views(): TimerView[] {
    return this.timers.filter(({ timer }) => !timer.noticeOf).map((timer) => timer.view());
  }

  attempts(index: number): AttemptRecord[] {
    return this.timers[index]?.log ?? [];
  }

  /** The input of the next run. Only to be taken while no window is open. */
  continued(): TimersInput {
    const states = this.timers.map((timer) => timer.continued());
    return {
      ...this.input,
      timers: states.map(({ timer }) => timer),
      progress: states.map(({ progress }) => progress),
      changes: this.changes,
      begin: undefined,
      change: undefined,
    };
  }

  // Of those that a client has set: the messages of the wheel itself are nobody's to change.
  private find(id: string): WheelTimer | undefined {
    return this.timers.find(({ timer }) => timer.id === id && !timer.noticeOf);
  }

  private notify(timer: WheelTimer, nowMs: number): void {
    const notice = noticeOf(timer, { index: this.timers.length, nowMs });
    if (notice) this.timers.push(new WheelTimer(this.timers.length, notice));
  }

  private reportedUntilMs({ timer }: WheelTimer, nowMs: number): number {
    return nowMs + (timer.timeoutMs ?? this.input.settings.requestTimeoutMs) + REPORT_MARGIN_MS;
  }
}
