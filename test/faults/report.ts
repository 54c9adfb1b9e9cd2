import type { Machine } from '../../bench/machine.js';
import { markdownTable } from '../../bench/statistics.js';
import { groupBy } from './group-by.js';
import { outcomeOf } from './play.js';
import type { Played } from './play.js';

export interface Report {
  startedAt: string;
  seed: number;
  machine: Machine;
  played: Played[];
}

const HEAD = [
  ...[
    'row',
    'what is done',
    'runs',
    'faults',
    'in flight',
    'accepted',
    'received',
    'lost',
    'twice, beyond the promise',
  ],
  ...['twice, within it', 'recovered', 'unexpected', 'early', 'late', 'wrong state', 'latest', 'outcome'],
];

/** The matrix as Markdown: a line for each row, all its rounds together. */
export function report({ startedAt, seed, machine, played }: Report): string {
  const rows = groupBy(played, ({ row }) => row.id);
  const lines = [...rows.values()].map(lineOf);
  const broken = played.flatMap(({ row, round, broken: why }) =>
    why.map((what) => `- ${row.id}, round ${round}: ${what}`),
  );
  const notes = played.flatMap(({ row, round, notes: what }) =>
    what.map((note) => `- ${row.id}, round ${round}: ${note}`),
  );
  return [
    `# Fault matrix of ${startedAt.slice(0, 10)}`,
    `Begun ${startedAt}, seed ${seed}. ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.kernel}, ` +
      `Node ${machine.node}, embedded PostgreSQL ${machine.postgres}, Temporal SDK ${machine.temporalSdk}, commit ${machine.commit ?? 'unknown'}. Everything ran on this machine.`,
    markdownTable([HEAD, ...lines]),
    ...(broken.length > 0 ? ['## What failed', broken.slice(0, 200).join('\n')] : []),
    ...(notes.length > 0 ? ['## Notes', notes.join('\n')] : []),
    '',
  ].join('\n\n');
}

function lineOf(runs: Played[]): string[] {
  const [first] = runs as [Played];
  const sum = (of: (run: Played) => number) => String(runs.reduce((total, run) => total + of(run), 0));
  const count = (
    name: 'lost' | 'duplicated' | 'excused' | 'recovered' | 'unexpected' | 'early' | 'late' | 'wrongState',
  ) => sum(({ verdict }) => verdict[name].length);
  const latestMs = Math.max(...runs.map(({ verdict }) => verdict.latenessMs.max || 0));
  const outcomes = [...groupBy(runs, outcomeOf)].map(([what, { length }]) => `${length} ${what}`);
  return [
    ...[first.row.id, first.row.title, String(runs.length)],
    ...[sum(({ verdict }) => verdict.faults), sum(({ verdict }) => verdict.inFlight)],
    ...[sum(({ verdict }) => verdict.accepted), sum(({ verdict }) => verdict.received)],
    ...[count('lost'), count('duplicated'), count('excused'), count('recovered'), count('unexpected')],
    ...[count('early'), count('late'), count('wrongState'), `${(latestMs / 1000).toFixed(1)} s`],
    outcomes.join(', '),
  ];
}
