/** Goes as real time does, and can be set forward where nothing would happen meanwhile. */
export class VirtualClock {
  private skippedMs = 0;

  get nowMs(): number {
    return Date.now() + this.skippedMs;
  }

  /** When it is that time here, by the real clock. */
  real(atMs: number): number {
    return atMs - this.skippedMs;
  }

  skip(ms: number): void {
    this.skippedMs += ms;
  }
}
