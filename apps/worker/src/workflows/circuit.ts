import type {
  DestinationInput,
  DestinationState,
  DestinationStatus,
  OutcomeReport,
} from '#contracts/destination.js';

/** A destination may ask for more time, but not with one answer for all that goes to it. */
const MAX_HOST_RETRY_AFTER_MS = 15 * 60_000;
/** Between two attempts that fail, and from an attempt to the report of it, there is less time than this. */
const UNREPORTED_MS = 2 * 60_000;
/** Nobody has sent anything to it for so long: it is forgotten, unless a client has paused it. */
const FORGOTTEN_AFTER_MS = 7 * 86_400_000;

/**
 * How a destination stands that is not healthy, as all workers together see it. Plain state without Temporal in it; the
 * `destination` workflow keeps it.
 *
 * Invariants: it is paused only by a client, or after it failed for the whole of a set time; a success ends every pause
 * but a client's; in one interval at most one probe is given out; without new failures it is healthy in the end.
 */
export class Circuit {
  private status: DestinationStatus;
  private healthy = false;

  constructor(private readonly input: DestinationInput) {
    this.status = { ...input.status };
  }

  /** It is healthy, or nobody needs to know any more. */
  get closed(): boolean {
    return this.healthy;
  }

  /** When it changes by itself; Infinity if never. */
  get nextWakeMs(): number {
    return this.healthy ? Infinity : this.closesAtMs;
  }

  apply({ successes, failures, ...report }: OutcomeReport, nowMs: number): void {
    const { settings } = this.input;
    if (successes > 0) this.succeed(nowMs);
    const { status } = this;
    if (failures > 0) {
      const sinceMs = Math.max(report.failingSinceMs ?? nowMs, status.countedFromMs ?? 0);
      status.failingSinceMs = Math.min(status.failingSinceMs ?? nowMs, sinceMs);
      status.consecutiveFailures += failures;
    }
    status.lastFailureMs = latest(status.lastFailureMs, report.lastFailureMs);
    status.lastError = report.lastError ?? status.lastError;
    const askedMs = Math.min(report.notBeforeMs ?? 0, nowMs + MAX_HOST_RETRY_AFTER_MS);
    status.notBeforeMs = latest(status.notBeforeMs, askedMs || undefined);
    const failedForMs = nowMs - (status.failingSinceMs ?? nowMs);
    if (status.state === 'slowed' && failures > 0 && failedForMs >= settings.pauseAfterMs) {
      this.become('paused', nowMs);
      this.status.nextProbeMs = nowMs + settings.probeIntervalMs;
    }
  }

  /** By a client: until it is resumed by one. */
  pause(nowMs: number): void {
    if (this.status.state !== 'paused') this.become('paused', nowMs);
    delete this.status.nextProbeMs;
  }

  /** By a client: as if it had not failed before. */
  resume(nowMs: number): void {
    this.become('slowed', nowMs);
    this.forgetFailures(nowMs);
    delete this.status.notBeforeMs;
  }

  claimProbe(nowMs: number): boolean {
    const { state, nextProbeMs = Infinity, notBeforeMs = 0 } = this.status;
    if (this.healthy || state !== 'paused' || nowMs < Math.max(nextProbeMs, notBeforeMs)) return false;
    this.status.nextProbeMs = nowMs + this.input.settings.probeIntervalMs;
    return true;
  }

  passTime(nowMs: number): void {
    if (nowMs >= this.closesAtMs) this.healthy = true;
  }

  view(): DestinationStatus {
    const { nextProbeMs, notBeforeMs = 0 } = this.status;
    // No probe is given out before the destination has asked for one.
    return {
      ...this.status,
      ...(nextProbeMs !== undefined && { nextProbeMs: Math.max(nextProbeMs, notBeforeMs) }),
    };
  }

  /** The input of the next run. */
  continued(): DestinationInput {
    return { ...this.input, status: { ...this.status } };
  }

  private get closesAtMs(): number {
    const {
      state,
      sinceMs,
      nextProbeMs,
      lastFailureMs = 0,
      consecutiveFailures,
      notBeforeMs = 0,
    } = this.status;
    const lastMs = Math.max(sinceMs, lastFailureMs, notBeforeMs);
    if (state === 'paused') return nextProbeMs === undefined ? Infinity : lastMs + FORGOTTEN_AFTER_MS;
    const { quietMs, pauseAfterMs } = this.input.settings;
    return lastMs + quietMs + (consecutiveFailures === 0 ? 0 : pauseAfterMs + UNREPORTED_MS);
  }

  private succeed(nowMs: number): void {
    this.forgetFailures(nowMs);
    if (this.status.state === 'paused' && this.status.nextProbeMs !== undefined) this.become('slowed', nowMs);
  }

  private forgetFailures(nowMs: number): void {
    this.status.consecutiveFailures = 0;
    this.status.countedFromMs = nowMs;
    delete this.status.failingSinceMs;
  }

  private become(state: DestinationState, nowMs: number): void {
    this.status = { ...this.status, state, sinceMs: nowMs };
    delete this.status.nextProbeMs;
  }
}

function latest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}
