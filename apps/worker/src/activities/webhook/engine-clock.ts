import { Injectable } from '@nestjs/common';
import { Logger } from '#observability/logger.js';

/** A clock that is off by more than this is corrected; below it the machine's own clock is the better one. */
const TOLERANCE_MS = 1_000;
const MEASURE_EVERY_MS = 30_000;

/** What was read: the engine stamped `engineMs` between `beforeMs` and `afterMs` of this machine's clock. */
export interface ClockReading {
  beforeMs: number;
  engineMs: number;
  afterMs: number;
}

/**
 * The time that deliveries go by: this machine's, unless it is off from the engine's by more than a second for certain.
 * A reading cannot tell where between call and answer the engine's stamp fell, so it counts only by what is left when
 * the whole of that time is given to the machine.
 */
@Injectable()
export class EngineClock {
  private aheadMs = 0;
  private measuredMs = -Infinity;

  constructor(private readonly logger: Logger) {}

  now(): number {
    return Date.now() - this.aheadMs;
  }

  get due(): boolean {
    return performance.now() - this.measuredMs > MEASURE_EVERY_MS;
  }

  apply({ beforeMs, engineMs, afterMs }: ClockReading): void {
    this.measuredMs = performance.now();
    const aheadMs = Math.round((beforeMs + afterMs) / 2 - engineMs);
    const uncertaintyMs = (afterMs - beforeMs) / 2;
    const off = Math.abs(aheadMs) - uncertaintyMs > TOLERANCE_MS;
    if (off) {
      this.logger.warn(
        { aheadMs },
        `This machine's clock is ${Math.abs(aheadMs)} ms ${aheadMs > 0 ? 'ahead of' : 'behind'} the engine's: deliveries go by the engine's`,
      );
    } else if (this.aheadMs !== 0) {
      this.logger.info({ aheadMs }, "This machine's clock agrees with the engine's again");
    }
    this.aheadMs = off ? aheadMs : 0;
  }
}
