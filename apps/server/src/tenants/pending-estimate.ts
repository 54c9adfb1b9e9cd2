import { setTimeout as sleep } from 'node:timers/promises';

/** A count is trusted so long; it is made anew in the background. */
const TRUSTED_MS = 10_000;
/** Nobody is refused for a count that is older. */
const YOUNG_MS = 1_000;
/** Nobody waits longer for a count than this; it goes on in the background. */
const PATIENCE_MS = 250;

/**
 * How many timers a tenant has pending: what was counted last and what this server has accepted since. It is off by what
 * other servers have accepted since the count, and by what the engine's index did not have yet.
 */
export class PendingEstimate {
  private counted = 0;
  private countedMs = -Infinity;
  private since = 0;
  private running?: Promise<void>;

  constructor(
    private readonly count: () => Promise<number>,
    private readonly nowMs = () => performance.now(),
  ) {}

  get value(): number {
    return this.counted + this.since;
  }

  /** Whether so many more stay within the limit; if they do, they count from now on. */
  async admit(more: number, limit: number): Promise<boolean> {
    const ageMs = this.nowMs() - this.countedMs;
    if (ageMs === Infinity) await this.renewed();
    else if (ageMs > TRUSTED_MS) void this.renew();
    if (this.value + more > limit && this.nowMs() - this.countedMs > YOUNG_MS) await this.renewed();
    if (this.value + more > limit) return false;
    this.since += more;
    return true;
  }

  private async renewed(): Promise<void> {
    const enough = new AbortController();
    const patience = sleep(PATIENCE_MS, undefined, { signal: enough.signal }).catch(() => undefined);
    await Promise.race([this.renew(), patience]);
    enough.abort();
  }

  // One at a time. An engine that cannot count will not accept a timer either, so nobody is refused for that.
  private renew(): Promise<void> {
    return (this.running ??= this.recount()
      .catch(() => undefined)
      .finally(() => (this.running = undefined)));
  }

  private async recount(): Promise<void> {
    const startedMs = this.nowMs();
    const before = this.since;
    this.counted = await this.count();
    this.countedMs = startedMs;
    this.since -= before;
  }
}
