/** Without room it is looked again after so long at the latest. */
const FULL_MS = 250;
/** So long a place may stay free. */
const GATHER_MS = 25;

/** When a batch takes more recipients: not for each place that becomes free, but for several at once. */
export class Room {
  /** Since when there has been room, but not enough. */
  private sinceMs?: number;

  /**
   * How long it is worth waiting with room for so many; 0 if it is not. Where messages hang, what is free is used all the
   * same after a moment. There is less than none where fewer are allowed than are under way already.
   */
  waitMs(room: number, enough: number, nowMs = performance.now()): number {
    if (room <= 0) return FULL_MS;
    this.sinceMs ??= nowMs;
    const leftMs = room >= enough ? 0 : Math.max(0, this.sinceMs + GATHER_MS - nowMs);
    if (leftMs === 0) this.sinceMs = undefined;
    return leftMs;
  }
}
