import { parseArgs } from 'node:util';

/** How much of everything one run measures. */
export interface Settings {
  rounds: number;
  /** Requests, or workflow starts, under way at a time. */
  concurrency: number;
  acceptSeconds: number;
  latenessSeconds: number;
  /** Timers that are due in one second. */
  burst: { ours: number; bare: number };
  /** Timers whose CPU time is counted. */
  cpu: { ours: number; bare: number };
  idleSeconds: number;
  /** Timers due in hours. */
  pending: number;
  /** Timers of a tenant that all others must not notice. */
  noisy: number;
  /** Running windows in each of which a timer is changed. */
  changes: number;
  /** Jobs of one group, children of one job, and jobs of a tenant that are queued while another's run. */
  jobs: { oneGroup: number; children: number; queued: number };
}

const FULL: Settings = {
  rounds: 3,
  concurrency: 64,
  acceptSeconds: 10,
  latenessSeconds: 30,
  burst: { ours: 10_000, bare: 2_000 },
  cpu: { ours: 5_000, bare: 1_000 },
  idleSeconds: 10,
  pending: 50_000,
  noisy: 10_000,
  changes: 100,
  jobs: { oneGroup: 2_000, children: 10_000, queued: 10_000 },
};

/** Shows that the benchmark works; its figures mean little. */
const QUICK: Settings = {
  rounds: 1,
  concurrency: 64,
  acceptSeconds: 2,
  latenessSeconds: 4,
  burst: { ours: 1_000, bare: 100 },
  cpu: { ours: 1_000, bare: 100 },
  idleSeconds: 2,
  pending: 2_000,
  noisy: 2_000,
  changes: 10,
  jobs: { oneGroup: 200, children: 200, queued: 500 },
};

/** From the command line: `--rounds N`, `--only name` (repeatable), `--quick`. */
export function readSettings(args: string[]): { settings: Settings; only: string[]; quick: boolean } {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
    },
  });
  const scale = values.quick ? QUICK : FULL;
  const rounds = Number(values.rounds ?? scale.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new RangeError(`--rounds is "${values.rounds}", allowed is a whole number from 1`);
  }
  return { settings: { ...scale, rounds }, only: values.only, quick: values.quick };
}
