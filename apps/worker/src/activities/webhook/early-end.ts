/** An outcome that something follows from stays in the window for so long, in the company of others that come meanwhile, ... */
const KEEP_MS = 2_000;
/** ... then until nothing is under way, and nothing due so soon that the next window would be late for it, ... */
const QUIET_MS = 250;
const LOOK_AGAIN_MS = 50;
/** ... or, without such a moment, for so long. */
const KEEP_AT_MOST_MS = 3_000;

/** What a window has before it. */
export interface Outlook {
  /** Until the next delivery is due; undefined if none is to come. */
  nextInMs?: number;
  /** Requests that have been begun. */
  underWay: number;
  /** Deliveries that are due and wait for a place, which they would lose. */
  waiting: number;
}

/**
 * Ends a window early. The workflow learns what came of it when it ends; what follows from an outcome, another attempt, a
 * place in a flow or a message, would wait until then.
 */
export class EarlyEnd {
  private asked = false;

  constructor(
    private readonly outlook: () => Outlook,
    private readonly setAlarm: (delayMs: number, ring: () => void) => void,
    private readonly end: () => void,
  ) {}

  /** Something follows from an outcome. */
  ask(): void {
    if (this.asked) return;
    this.asked = true;
    const latestMs = performance.now() + KEEP_AT_MOST_MS;
    const look = () => {
      const { nextInMs, underWay, waiting } = this.outlook();
      // Nothing is to come: it ends by itself.
      if (nextInMs === undefined) return;
      const isQuiet = underWay === 0 && nextInMs > QUIET_MS;
      const isTime = isQuiet || performance.now() >= latestMs;
      if (isTime && waiting === 0) this.end();
      else this.setAlarm(LOOK_AGAIN_MS, look);
    };
    this.setAlarm(KEEP_MS, look);
  }
}
