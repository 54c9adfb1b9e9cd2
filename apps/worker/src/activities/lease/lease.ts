import { setTimeout as sleep } from 'node:timers/promises';
import { HEARTBEAT_TIMEOUT_MS, LEASE_MARGIN_MS } from '#contracts/lease.js';

/** Between heartbeats while there is something new to record: bounds what is sent twice after a crash. */
const BUSY_INTERVAL_MS = 250;
/** Between heartbeats that only keep the lease. They also tell of a change to a timer, which a client waits for. */
const QUIET_INTERVAL_MS = 750;

/** The engine has given the window to another worker: nothing of it may be begun, and its outcome is void. */
export class LeaseLost extends Error {}

/**
 * The right to begin deliveries of a window. It lasts from the moment before a confirmed heartbeat was called, because
 * that is the earliest the engine can have counted from, and it is measured by two clocks: one that nobody sets, and one that
 * goes on while the machine is suspended. So a worker that was stopped, cut off, or whose engine is away sends late rather than twice.
 */
export class Lease {
  private calledMs = -Infinity;
  private confirmedMs = -Infinity;
  private confirmedAtMs = -Infinity;
  private recorded = true;
  private ended = false;
  private waiting: ((held: boolean) => void)[] = [];
  private underWay?: Promise<void>;

  /**
   * `heartbeat` resolves once the engine has confirmed it, and rejects with `LeaseLost` if the window is not ours. After
   * any other failure it is tried again until it is confirmed: `onRefused` hears of the first.
   */
  constructor(
    private readonly heartbeat: () => Promise<void>,
    private readonly onRefused: (error: unknown) => void = () => undefined,
  ) {}

  get held(): boolean {
    const ageMs = Math.max(performance.now() - this.confirmedMs, Date.now() - this.confirmedAtMs);
    return ageMs < HEARTBEAT_TIMEOUT_MS - LEASE_MARGIN_MS;
  }

  /** There is something new for the next heartbeat. */
  touch(): void {
    this.recorded = false;
  }

  /** Resolves with true as soon as the lease is held, with false once it has ended or is lost. */
  async whenHeld(): Promise<boolean> {
    if (this.held) return true;
    if (this.ended) return false;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Heartbeats until one is confirmed: an engine that is away is asked again. Rejects once the lease is lost. */
  async confirm(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.beat();
      } catch (error) {
        if (error instanceof LeaseLost) {
          this.end();
          throw error;
        }
        if (tries === 1) this.onRefused(error);
        await sleep(BUSY_INTERVAL_MS);
      }
    }
  }

  /** Keeps the lease until `end` is called. Rejects once it is lost. */
  async keep(): Promise<void> {
    while (!this.ended) {
      await sleep(BUSY_INTERVAL_MS);
      const quiet = this.recorded && performance.now() - this.calledMs < QUIET_INTERVAL_MS;
      if (!quiet && !this.ended) await this.confirm();
    }
  }

  /** It is needed no more. */
  end(): void {
    this.ended = true;
    this.wake(false);
  }

  private wake(held: boolean): void {
    for (const resolve of this.waiting.splice(0)) resolve(held);
  }

  // One at a time: of two the older might reach the engine last, and what it records would take the other's place.
  private async beat(): Promise<void> {
    while (this.underWay) await this.underWay.catch(() => undefined);
    this.underWay = this.call();
    try {
      await this.underWay;
    } finally {
      this.underWay = undefined;
    }
  }

  private async call(): Promise<void> {
    const calledMs = performance.now();
    const calledAtMs = Date.now();
    this.calledMs = calledMs;
    this.recorded = true;
    try {
      await this.heartbeat();
    } catch (error) {
      this.recorded = false;
      throw error;
    }
    this.confirmedMs = calledMs;
    this.confirmedAtMs = calledAtMs;
    this.wake(true);
  }
}
