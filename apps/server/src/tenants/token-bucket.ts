/** So many per second, and as many at once after a second of rest. */
export class TokenBucket {
  /** In thousandths, so that a millisecond brings a whole number of them. */
  private thousandths: number;
  private atMs: number;

  constructor(
    /** At least 1. */
    readonly perSecond: number,
    private readonly nowMs = () => performance.now(),
  ) {
    this.thousandths = perSecond * 1000;
    this.atMs = nowMs();
  }

  /** Whole tokens that are left. */
  get left(): number {
    this.fill();
    return Math.max(0, Math.floor(this.thousandths / 1000));
  }

  /** Time until it is full again. */
  get fullInMs(): number {
    this.fill();
    return Math.ceil(1000 - this.thousandths / this.perSecond);
  }

  /**
   * Takes them and returns 0, or takes none and returns the time until they can be taken. More than the bucket holds are
   * taken when it is full; those that come after wait until that has been made up for.
   */
  take(count: number): number {
    this.fill();
    const lacking = Math.min(count, this.perSecond) * 1000 - this.thousandths;
    if (lacking > 0) return Math.ceil(lacking / this.perSecond);
    this.thousandths -= count * 1000;
    return 0;
  }

  private fill(): void {
    const nowMs = this.nowMs();
    const filled = this.thousandths + (nowMs - this.atMs) * this.perSecond;
    this.thousandths = Math.min(this.perSecond * 1000, filled);
    this.atMs = nowMs;
  }
}
