import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../support/app.js';
import type { FaultLine, JsonLog } from './logs.js';

/** Does the harm of a row, and writes down what was done to whom and when. */
export class Faults {
  constructor(private readonly log: JsonLog<FaultLine>) {}

  /** Harm that is over at once for what was under way: what a process had not recorded is gone. */
  async sudden(what: string, pid: number, harm: () => unknown, heal: () => unknown = () => undefined) {
    const fromMs = Date.now();
    let untilMs: number;
    try {
      await harm();
    } finally {
      untilMs = Date.now();
      await heal();
    }
    return this.write({ what, pid, fromMs, untilMs, healedMs: Date.now() });
  }

  /** Harm that keeps outcomes from being recorded until it is healed. */
  async lasting(what: string, pid: number, harm: () => unknown, heal: () => unknown) {
    const fromMs = Date.now();
    // Also of harm that was broken off: the rows after this one are to find everything whole.
    try {
      await harm();
    } finally {
      await heal();
    }
    const healedMs = Date.now();
    return this.write({ what, pid, fromMs, untilMs: healedMs, healedMs });
  }

  /** Harm in good order: no outcome may be lost by it, so it excuses nothing. So is what is done to a server,
   * which sends nothing. */
  async orderly(what: string, pid: number, harm: () => unknown) {
    const fromMs = Date.now();
    await harm();
    return this.write({ what, pid, fromMs, untilMs: 0, healedMs: Date.now() });
  }

  /** kill -9 of a worker, which is started again after a while. */
  async kill(worker: App, restartAfterMs: number): Promise<void> {
    await this.sudden(
      `kill -9 ${worker.name}`,
      worker.process.pid,
      () => worker.kill(),
      async () => {
        await sleep(restartAfterMs);
        worker.start();
        await worker.ready();
      },
    );
  }

  write(fault: FaultLine): FaultLine {
    this.log.write(fault);
    return fault;
  }
}
