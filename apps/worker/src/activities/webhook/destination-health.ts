import type { Attempt } from '#contracts/delivery.js';
import type { DestinationStatus, OutcomeReport } from '#contracts/destination.js';

/** So many failures in a row are trouble once they have lasted for some time, ... */
const TROUBLE_IN_A_ROW = 10;
/** ... and so are so many attempts of which half failed. Counting begins anew after this. */
const TROUBLE_ATTEMPTS = 20;
const TROUBLE_PERIOD_MS = 5 * 60_000;
/** 429, 502, 503, 504: the destination, or what stands before it, says itself that it is too much. */
const OVERLOADED = new Set([429, 502, 503, 504]);
const SAY_TOO_MUCH = new Set([408, 429]);

/** Pause after failures in trouble: doubled each time, up to the longest. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** What is postponed because of a pause comes back after this long, ... */
const RETURN_MS = 30_000;
/** ... each so long after the one before, so that many do not cost much, ... */
const RETURN_SPACING_MS = 30;
/** ... but never later than this. */
const LONGEST_RETURN_MS = 5 * 60_000;

/** Whether a delivery may be begun, is to ask for the probe first, or is to come back later. */
export type Verdict = 'go' | 'ask for the probe' | { untilMs: number };

/**
 * What one worker knows of one destination of one tenant: what it has seen itself, and, in trouble, what all workers
 * together have seen. In trouble fewer requests go to it: half as many after a failure, one more after a success.
 */
export class DestinationHealth {
  private shared?: DestinationStatus;
  private inTrouble = false;
  private placesInTrouble: number;
  private halvedMs = -Infinity;
  private trailingFailures = 0;
  private failingSinceMs?: number;
  private lastFailureMs = -Infinity;
  private period = { sinceMs: -Infinity, attempts: 0, failures: 0 };
  private pauses = 0;
  private pausedUntilMs = -Infinity;
  private returnMs = -Infinity;
  private unreported: OutcomeReport = { successes: 0, failures: 0 };
  private urgent = false;

  /**
   * `mostPlaces`: requests under way at a time while nothing is wrong. `troubleAfterMs`: what passes sooner is no trouble,
   * and whatever else goes to the host stays punctual.
   */
  constructor(
    private readonly mostPlaces: number,
    private readonly troubleAfterMs = 0,
  ) {
    this.placesInTrouble = Math.ceil(mostPlaces / 2);
  }

  /** Requests that may be under way at a time. */
  get places(): number {
    return this.inTrouble ? this.placesInTrouble : this.mostPlaces;
  }

  /** All workers are to know. */
  get troubled(): boolean {
    return this.inTrouble;
  }

  /** When it last failed, as far as this worker has seen; -Infinity if never. */
  get failedMs(): number {
    return this.lastFailureMs;
  }

  record(attempt: Attempt, nowMs: number): void {
    const outcome = outcomeFor(attempt);
    if (outcome === 'neither') return;
    this.count(outcome === 'failure', nowMs);
    if (outcome === 'failure') this.fail(attempt, nowMs);
    else this.succeed();
    if (this.failsLong(nowMs)) this.inTrouble = true;
  }

  verdict(nowMs: number): Verdict {
    if (!this.inTrouble) return 'go';
    const { state, nextProbeMs = Infinity, notBeforeMs = 0 } = this.shared ?? {};
    const untilMs = Math.max(this.pausedUntilMs, notBeforeMs);
    if (nowMs < untilMs) return { untilMs: this.comeBack(untilMs, nowMs) };
    if (state !== 'paused') return 'go';
    if (nowMs >= nextProbeMs) return 'ask for the probe';
    return { untilMs: Math.min(this.comeBack(nowMs + RETURN_MS, nowMs), nextProbeMs) };
  }

  /** Somebody is asking for the probe, or has it. */
  probing(nextProbeMs: number): void {
    if (this.shared) this.shared = { ...this.shared, nextProbeMs };
  }

  /** As all workers together see it. */
  learn(status: DestinationStatus): void {
    if (!this.inTrouble && status.consecutiveFailures === 0 && status.state === 'slowed') return;
    this.inTrouble = true;
    this.shared = status;
    if ((this.failingSinceMs ?? Infinity) < (status.countedFromMs ?? 0)) this.forgetFailures();
  }

  /** What happened since the last report, if anything did. `urgentOnly`: and changes how the destination stands. */
  takeReport(urgentOnly: boolean): OutcomeReport | undefined {
    const { successes, failures } = this.unreported;
    if ((urgentOnly && !this.urgent) || successes + failures === 0) return undefined;
    const report = { ...this.unreported, failingSinceMs: this.failingSinceMs };
    this.unreported = { successes: 0, failures: 0 };
    this.urgent = false;
    return report;
  }

  /** It could not be reported: it goes with the next report. */
  giveBack(report: OutcomeReport): void {
    const { unreported } = this;
    unreported.failures += unreported.successes > 0 ? 0 : report.failures;
    unreported.successes += report.successes;
    unreported.lastFailureMs ??= report.lastFailureMs;
    unreported.lastError ??= report.lastError;
    unreported.notBeforeMs ??= report.notBeforeMs;
    this.urgent = true;
  }

  private failsLong(nowMs: number): boolean {
    const { sinceMs, attempts, failures } = this.period;
    const lastsMs = nowMs - (this.failingSinceMs ?? nowMs);
    if (this.trailingFailures >= TROUBLE_IN_A_ROW && lastsMs >= this.troubleAfterMs) return true;
    const half = attempts >= TROUBLE_ATTEMPTS && failures * 2 >= attempts;
    return half && nowMs - sinceMs >= this.troubleAfterMs;
  }

  private count(failed: boolean, nowMs: number): void {
    if (nowMs - this.period.sinceMs > TROUBLE_PERIOD_MS) {
      this.period = { sinceMs: nowMs, attempts: 0, failures: 0 };
    }
    this.period.attempts += 1;
    if (failed) this.period.failures += 1;
  }

  private fail({ startedMs, statusCode, error, retryAfterMs }: Attempt, nowMs: number): void {
    const { unreported } = this;
    this.urgent ||= this.trailingFailures === 0 || !this.inTrouble || this.shared?.state === 'paused';
    this.trailingFailures += 1;
    this.failingSinceMs ??= nowMs;
    if (this.failsLong(nowMs)) this.inTrouble = true;
    this.lastFailureMs = nowMs;
    unreported.failures += 1;
    unreported.lastFailureMs = nowMs;
    unreported.lastError = error ?? String(statusCode);
    if (OVERLOADED.has(statusCode ?? 0)) {
      this.inTrouble = true;
      if (retryAfterMs !== undefined) {
        unreported.notBeforeMs = Math.max(unreported.notBeforeMs ?? 0, nowMs + retryAfterMs);
        this.pausedUntilMs = Math.max(this.pausedUntilMs, nowMs + Math.min(retryAfterMs, LONGEST_RETURN_MS));
        this.urgent = true;
      }
    }
    // Those that were begun before it was known tell nothing new.
    if (this.inTrouble && startedMs >= this.halvedMs) {
      this.halvedMs = nowMs;
      this.placesInTrouble = Math.max(1, Math.floor(this.placesInTrouble / 2));
    }
    // Where all workers pause, the next probe is when they say: one that fails puts it off no further.
    const pausesAlone = this.inTrouble && this.shared?.state !== 'paused';
    if (pausesAlone && this.trailingFailures >= TROUBLE_IN_A_ROW && startedMs >= this.pausedUntilMs) {
      this.pausedUntilMs = nowMs + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.pauses++);
    }
  }

  private succeed(): void {
    this.urgent ||= this.trailingFailures > 0;
    this.forgetFailures();
    this.placesInTrouble = Math.min(this.mostPlaces, this.placesInTrouble + 1);
    this.unreported.successes += 1;
    this.unreported.failures = 0;
  }

  private forgetFailures(): void {
    this.trailingFailures = 0;
    this.failingSinceMs = undefined;
    this.pauses = 0;
  }

  private comeBack(fromMs: number, nowMs: number): number {
    this.returnMs = Math.max(this.returnMs + RETURN_SPACING_MS, fromMs);
    return Math.min(this.returnMs, Math.max(fromMs, nowMs + LONGEST_RETURN_MS));
  }
}

/**
 * What an attempt says of its destination: a failure is no answer, or one that says that the destination itself is
 * unwell. What it thinks of a request is another matter, and what was never sent to it says nothing.
 */
export function outcomeFor({ statusCode, error }: Attempt): 'success' | 'failure' | 'neither' {
  if (error === 'blocked') return 'neither';
  const failed = statusCode === undefined || statusCode >= 500 || SAY_TOO_MUCH.has(statusCode);
  return failed ? 'failure' : 'success';
}
