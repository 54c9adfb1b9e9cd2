export interface SlotLimits {
  /** Requests under way at a time, in all. */
  perWorker: number;
  /** Requests under way at a time to one destination. */
  perDestination: number;
}

interface Line {
  active: number;
  overdue: number;
  punctualWaiting: (() => void)[];
  overdueWaiting: (() => void)[];
}

/**
 * How many requests may be under way. What waits here is late, so what is still punctual goes first, and what is overdue
 * anyway may hold no more than half of the places: a backlog must not make the next timers late as well. Destinations
 * that wait take turns.
 */
export class Slots {
  private readonly lines = new Map<string, Line>();
  private active = 0;
  private overdue = 0;

  constructor(private readonly limits: SlotLimits) {}

  /** Resolves when the request may begin, with the function that gives the place back. */
  async acquire(destination: string, overdue: boolean): Promise<() => void> {
    const line = this.lineOf(destination);
    if (!this.free(line, overdue)) {
      await new Promise<void>((resolve) =>
        (overdue ? line.overdueWaiting : line.punctualWaiting).push(resolve),
      );
    } else {
      this.take(line, overdue);
    }
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.give(destination, line, overdue);
    };
  }

  private lineOf(destination: string): Line {
    let line = this.lines.get(destination);
    if (!line) {
      line = { active: 0, overdue: 0, punctualWaiting: [], overdueWaiting: [] };
      this.lines.set(destination, line);
    }
    return line;
  }

  private free(line: Line, overdue: boolean): boolean {
    const { perWorker, perDestination } = this.limits;
    if (this.active >= perWorker || line.active >= perDestination) return false;
    return !overdue || (this.overdue < perWorker / 2 && line.overdue < perDestination / 2);
  }

  private take(line: Line, overdue: boolean): void {
    this.active += 1;
    line.active += 1;
    if (overdue) {
      this.overdue += 1;
      line.overdue += 1;
    }
  }

  private give(destination: string, line: Line, overdue: boolean): void {
    this.active -= 1;
    line.active -= 1;
    if (overdue) {
      this.overdue -= 1;
      line.overdue -= 1;
    }
    if (line.active === 0 && line.punctualWaiting.length + line.overdueWaiting.length === 0) {
      this.lines.delete(destination);
    }
    this.startNext();
  }

  private startNext(): void {
    while (this.startOne(false) || this.startOne(true));
  }

  private startOne(overdue: boolean): boolean {
    for (const [destination, line] of this.lines) {
      const waiting = overdue ? line.overdueWaiting : line.punctualWaiting;
      if (waiting.length === 0 || !this.free(line, overdue)) continue;
      this.take(line, overdue);
      this.lines.delete(destination);
      this.lines.set(destination, line);
      waiting.shift()?.();
      return true;
    }
    return false;
  }
}
