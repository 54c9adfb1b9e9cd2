import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Verdict } from './checker.js';
import { Driver } from './driver.js';
import type { TimerOptions } from './driver.js';
import { Faults } from './faults.js';
import { JsonLog } from './logs.js';
import type { DriverLine, FaultLine } from './logs.js';
import { Random } from './seed.js';
import type { Stage } from './stage.js';

/** How late what a worker held may be when it was killed, stopped or cut off (docs/reliability.md). */
export const AFTER_A_WORKER_MS = 15_000;

/** One line of the matrix: what is done while timers fall due, and what must hold beside the rules for all rows. */
export interface Row {
  id: string;
  title: string;
  /** Whether it is part of the short set that CI runs. */
  short?: boolean;
  run(field: Field): Promise<void>;
  /** What must hold of the whole run, once its timers have ended. */
  after?(verdict: Verdict, field: Field): void;
  /** How much later than its time a timer may be received, where that is promised; else a minute after all is healed. */
  latestMs?: number;
  /** How long the timers may take to end after the row has done its harm. */
  settleMs?: number;
}

/** What one run of a row has in its hands: a destination and logs of its own, on the stage of all. */
export class Field {
  readonly driver: Driver;
  readonly faults: Faults;
  readonly logs: { driver: JsonLog<DriverLine>; faults: JsonLog<FaultLine> };
  readonly random: Random;
  /** What must hold in this row alone, and did not. */
  readonly broken: string[] = [];
  /** What is worth telling of the run. */
  readonly notes: string[] = [];
  private timers = 0;

  constructor(
    readonly stage: Stage,
    /** `f02-1-7`: row, round and seed. */
    readonly name: string,
    private readonly host: number,
    seed: number,
  ) {
    this.random = new Random(seed);
    const file = (what: string) => join(stage.folder, `${name}-${what}.jsonl`);
    this.logs = { driver: new JsonLog(file('driver')), faults: new JsonLog(file('faults')) };
    this.driver = new Driver(stage.system.servers, this.logs.driver, this.random);
    this.faults = new Faults(this.logs.faults);
  }

  get prefix(): string {
    return `/${this.name}/`;
  }

  /** A url of this run that no other timer has; `query` says how it is answered. */
  url(query = '', host = this.host): string {
    return this.stage.receiver.url(`${this.path()}${query && `?${query}`}`, host);
  }

  path(): string {
    return `${this.prefix}${++this.timers}`;
  }

  /** Timers that are all due at one time. */
  at(count: number, fireAt: Date, query = ''): TimerOptions[] {
    return Array.from({ length: count }, () => ({ url: this.url(query), fireAt }));
  }

  /** Timers that fall due at random times between the two, in seconds from now. */
  spread(count: number, fromS: number, toS: number, query = 'do=slow&ms=100'): TimerOptions[] {
    const nowMs = Date.now();
    return Array.from({ length: count }, () => ({
      url: this.url(query),
      fireAt: new Date(nowMs + this.random.between(fromS * 1000, toS * 1000)),
    }));
  }

  /** Requests that the receiver got in this run. */
  requests() {
    return this.stage.receiver.requests(this.prefix);
  }

  expect(what: string, holds: boolean): void {
    if (!holds) this.broken.push(what);
  }

  /** A random while. */
  async pause(fromMs: number, toMs = fromMs): Promise<void> {
    await sleep(this.random.between(fromMs, toMs));
  }

  close(): void {
    this.logs.driver.close();
    this.logs.faults.close();
  }
}
