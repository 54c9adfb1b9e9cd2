/** Goes as real time does, and can be set forward where nothing would happen meanwhile. */
export class VirtualClock {
  private skippedMs = 0;

  get nowMs(): number {
    return Date.now() + this.skippedMs;
  }

  skip(ms: number): void {
    this.skippedMs += ms;
  }
}
