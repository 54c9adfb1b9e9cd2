import { parseArgs } from 'node:util';
import type { Side } from './stage.js';

/** Bare workflows are so slow that they are measured in smaller numbers. */
interface Counts {
  ours: number;
  bare: number;
}

/** The peers get as many as ours. */
export function countFor({ name }: Pick<Side, 'name'>, counts: Counts): number {
  return name === 'bare' ? counts.bare : counts.ours;
}

/** How much of everything one run measures. */
export interface Settings {
  rounds: number;
  /** Requests, or workflow starts, under way at a time. */
  concurrency: number;
  acceptSeconds: number;
  latenessSeconds: number;
  /** The most timers at one rate: the bare side falls so far behind that waiting for it takes minutes. */
  lateness: Counts;
  /** Timers that are due in one second. */
  burst: Counts;
  /** Timers that come due while no worker is there. */
  overdue: Counts;
  /** Timers whose CPU time is counted. */
  cpu: Counts;
  idleSeconds: number;
  /** Timers due in hours. */
  pending: number;
  /** Timers due in hours on each of three engines, whose costs are compared. */
  growth: [number, number, number];
  /** Timers due in hours that are read and listed. */
  reads: number;
  /** Timers of a tenant that all others must not notice. */
  noisy: number;
  /** Running windows in each of which a timer is changed. */
  changes: number;
  /** Jobs of one group, children of one job, and jobs of a tenant that are queued while another's run. */
  jobs: { oneGroup: number; children: number; queued: number };
  /** Recipients of one blast. */
  blasts: number;
  /** Recipients that come in one request. */
  upload: number;
}

const FULL: Settings = {
  rounds: 3,
  concurrency: 64,
  acceptSeconds: 8,
  latenessSeconds: 12,
  lateness: { ours: Infinity, bare: 1_000 },
  burst: { ours: 10_000, bare: 1_000 },
  overdue: { ours: 5_000, bare: 1_000 },
  cpu: { ours: 5_000, bare: 1_000 },
  idleSeconds: 10,
  pending: 50_000,
  growth: [100_000, 10_000, 1_000],
  reads: 10_000,
  noisy: 10_000,
  changes: 100,
  jobs: { oneGroup: 1_000, children: 10_000, queued: 10_000 },
  blasts: 100_000,
  upload: 1_000_000,
};

/** Shows that the benchmark works; its figures mean little. */
const QUICK: Settings = {
  rounds: 1,
  concurrency: 64,
  acceptSeconds: 2,
  latenessSeconds: 3,
  lateness: { ours: Infinity, bare: 100 },
  burst: { ours: 1_000, bare: 100 },
  overdue: { ours: 500, bare: 50 },
  cpu: { ours: 1_000, bare: 100 },
  idleSeconds: 2,
  pending: 2_000,
  growth: [2_000, 1_000, 100],
  reads: 500,
  noisy: 2_000,
  changes: 10,
  jobs: { oneGroup: 200, children: 200, queued: 500 },
  blasts: 5_000,
  upload: 50_000,
};

export interface Asked {
  settings: Settings;
  /** Figures; none means all. */
  only: string[];
  quick: boolean;
  /** Measure nothing, only write the documentation from the results that are kept. */
  publish: boolean;
}

/** From the command line: `--rounds N`, `--only name` (repeatable), `--quick`, `--publish`. */
export function readSettings(args: string[]): Asked {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      publish: { type: 'boolean', default: false },
    },
  });
  const scale = values.quick ? QUICK : FULL;
  const rounds = Number(values.rounds ?? scale.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new RangeError(`--rounds is "${values.rounds}", allowed is a whole number from 1`);
  }
  const { only, quick, publish } = values;
  return { settings: { ...scale, rounds }, only, quick, publish };
}
