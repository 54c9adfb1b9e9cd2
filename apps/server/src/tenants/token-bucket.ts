/** So many per second, and as many at once after a second of rest. */
export class TokenBucket {
  private tokens: number;
  private atMs: number;

  constructor(
    /** At least 1. */
    readonly perSecond: number,
    private readonly nowMs = () => performance.now(),
  ) {
    this.tokens = perSecond;
    this.atMs = nowMs();
  }

  /** Whole tokens that are left. */
  get left(): number {
    this.fill();
    return Math.max(0, Math.floor(this.tokens));
  }

  /** Time until it is full again. */
  get fullInMs(): number {
    this.fill();
    return Math.ceil(((this.perSecond - this.tokens) / this.perSecond) * 1000);
  }

  /**
   * Takes them and returns 0, or takes none and returns the time until they can be taken. More than the bucket holds are
   * taken when it is full; those that come after wait until that has been made up for.
   */
  take(count: number): number {
    this.fill();
    const lacking = Math.min(count, this.perSecond) - this.tokens;
    if (lacking > 0) return Math.ceil((lacking / this.perSecond) * 1000);
    this.tokens -= count;
    return 0;
  }

  private fill(): void {
    const nowMs = this.nowMs();
    this.tokens = Math.min(this.perSecond, this.tokens + ((nowMs - this.atMs) / 1000) * this.perSecond);
    this.atMs = nowMs;
  }
}
