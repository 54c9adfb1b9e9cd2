import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { ROOT } from '../scripts/paths.js';
import type { Plot } from './figure.js';
import { picture } from './picture.js';
import { describe, goals, notes, table } from './report.js';
import type { Measured, Run } from './report.js';

export const RESULTS_FOLDER = join(ROOT, 'bench/results');
const DOCUMENT = join(ROOT, 'docs/performance.md');
const PICTURES = 'performance';

/**
 * Writes tables and pictures into `docs/performance.md`, each between the markers of its figure, from the newest results
 * of that figure. What stands outside of the markers is written by hand. The figures that were written.
 */
export async function publish(): Promise<string[]> {
  const newest = newestResults();
  const sections = new Map([...newest].map(([name, { run, result }]) => [name, sectionOf(run, result)]));
  sections.set('goals', [goals([...newest.values()])]);
  let text = readFileSync(DOCUMENT, 'utf8');
  const written: string[] = [];
  for (const [name, section] of sections) {
    const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
    const [from, to] = [text.indexOf(start), text.indexOf(end)];
    if (from < 0 || to < from) continue;
    text = `${text.slice(0, from)}${[start, ...section].join('\n\n')}\n\n${text.slice(to)}`;
    written.push(name);
  }
  await writeFormatted(DOCUMENT, text);
  return written;
}

export async function writeFormatted(file: string, content: string): Promise<void> {
  const style = await resolveConfig(file);
  writeFileSync(file, await format(content, { ...style, filepath: file }));
}

function sectionOf(run: Run, result: Measured): string[] {
  const { rounds } = run.settings;
  const times =
    rounds === 1 ? '**one round, so without a spread**' : `the median of ${rounds} rounds (lowest – highest)`;
  const pictures = (result.plots ?? []).map((plot, index) => draw(result, plot, index));
  return [
    `**${result.title}.** Measured on ${run.startedAt.slice(0, 10)}, ${times}. ${describe(run.machine)}`,
    table(result),
    ...notes(result),
    ...pictures,
  ];
}

/** Draws it into a file of its own, and shows that. */
function draw(result: Measured, plot: Plot, index: number): string {
  const folder = join(ROOT, 'docs', PICTURES);
  const file = `${result.name}${index === 0 ? '' : `-${index + 1}`}.svg`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), picture(plot, result.columns, result.rows));
  return `![${plot.title}](${PICTURES}/${file})`;
}

/** Of each figure the newest result that is kept, with the run it comes from. */
function newestResults(): Map<string, { run: Run; result: Measured }> {
  const newest = new Map<string, { run: Run; result: Measured }>();
  const files = existsSync(RESULTS_FOLDER) ? readdirSync(RESULTS_FOLDER) : [];
  const runs = files
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(RESULTS_FOLDER, name), 'utf8')) as Run)
    .toSorted((a, b) => a.startedAt.localeCompare(b.startedAt));
  for (const run of runs) for (const result of run.results) newest.set(result.name, { run, result });
  return newest;
}
