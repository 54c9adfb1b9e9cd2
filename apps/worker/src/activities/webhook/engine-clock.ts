import { Injectable } from '@nestjs/common';
import { Logger } from '#observability/logger.js';

/** A clock that is off by more than this is corrected; below it the machine's own clock is the better one. */
const TOLERANCE_MS = 1_000;
const MEASURE_EVERY_MS = 30_000;
const RETRY_EVERY_MS = 2_000;
/** A worker that holds timers compares far more often. One that holds none may not for days. */
const KNOWN_FOR_MS = 120_000;

/** What was read: the engine stamped `engineMs` between `beforeMs` and `afterMs` of this machine's clock. */
export interface ClockReading {
  beforeMs: number;
  engineMs: number;
  afterMs: number;
}

/**
 * The time that deliveries go by: this machine's, unless it is off from the engine's by more than a second for certain.
 * A reading cannot tell where between call and answer the engine's stamp fell. So it counts only by what is left when
 * the whole of that time is given to the machine, and the correction is the one that is never early.
 */
@Injectable()
export class EngineClock {
  private aheadMs = 0;
  private lastBaseMs = baseMs();
  private claimedMs = -Infinity;
  private comparedMs = -Infinity;
  private likelyMs?: number;

  constructor(private readonly logger: Logger) {}

  now(): number {
    const { setByMs } = this;
    // Whoever has set it since knew better than what was read so long ago, if anything was.
    if (setByMs !== 0 && performance.now() - this.comparedMs > KNOWN_FOR_MS) return Date.now();
    return Date.now() - this.aheadMs - setByMs;
  }

  /** It is time to compare. */
  get due(): boolean {
    const everyMs = this.measured ? MEASURE_EVERY_MS : RETRY_EVERY_MS;
    return performance.now() - this.claimedMs > everyMs;
  }

  /** It was compared at least once, and nobody has set it since. */
  get measured(): boolean {
    return this.comparedAheadMs !== undefined;
  }

  /** How far this machine's clock was ahead of the engine's then; undefined if it is not `measured`. */
  get comparedAheadMs(): number | undefined {
    return this.setByMs === 0 ? this.likelyMs : undefined;
  }

  /** Somebody compares now, nobody else need. */
  claim(): void {
    this.claimedMs = performance.now();
  }

  apply({ beforeMs, engineMs, afterMs }: ClockReading): void {
    const uncertaintyMs = (afterMs - beforeMs) / 2;
    // One that took so long can say neither that the clock is right again, nor by how much it is wrong.
    if (this.aheadMs !== 0 && uncertaintyMs > TOLERANCE_MS) return;
    this.lastBaseMs = baseMs();
    this.comparedMs = performance.now();
    const likelyMs = Math.round((beforeMs + afterMs) / 2 - engineMs);
    this.likelyMs = likelyMs;
    const off = Math.abs(likelyMs) - uncertaintyMs > TOLERANCE_MS;
    if (off) {
      this.logger.warn(
        { aheadMs: likelyMs },
        `This machine's clock is ${Math.abs(likelyMs)} ms ${likelyMs > 0 ? 'ahead of' : 'behind'} the engine's: deliveries go by the engine's`,
      );
    } else if (this.aheadMs !== 0) {
      this.logger.info({ aheadMs: likelyMs }, "This machine's clock agrees with the engine's again");
    }
    this.aheadMs = off ? Math.ceil(afterMs - engineMs) : 0;
  }

  /**
   * How far somebody has set this machine's clock since it was compared. Until it is compared again, time goes on as if
   * nobody had: else what is held would be sent at once.
   */
  private get setByMs(): number {
    const setByMs = baseMs() - this.lastBaseMs;
    return Math.abs(setByMs) > TOLERANCE_MS ? setByMs : 0;
  }
}

/** When the clock that nobody sets stood at 0, by the one that may be set. */
function baseMs(): number {
  return Date.now() - performance.now();
}
