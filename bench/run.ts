import { mkdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { cpuSeconds, machineCpuSeconds, total } from './cpu.js';
import type { Result } from './figure.js';
import { accepted } from './figures/accepted.js';
import { batch } from './figures/batch.js';
import { blasts } from './figures/blasts.js';
import { blastsKilled } from './figures/blasts-killed.js';
import { burst } from './figures/burst.js';
import { changes } from './figures/changes.js';
import { cpu } from './figures/cpu.js';
import { fairness } from './figures/fairness.js';
import { far } from './figures/far.js';
import { growth } from './figures/growth.js';
import { jobGrowth, jobs } from './figures/jobs.js';
import { lateness } from './figures/lateness.js';
import { overdue } from './figures/overdue.js';
import { pending } from './figures/pending.js';
import { upload } from './figures/upload.js';
import { reads } from './figures/reads.js';
import { width } from './figures/width.js';
import { describeMachine, shortName } from './machine.js';
import { publish, RESULTS_FOLDER, writeFormatted } from './publish.js';
import { report } from './report.js';
import type { Run } from './report.js';
import { readSettings } from './settings.js';
import { Stage } from './stage.js';
import { formatNumber } from './statistics.js';

const FIGURES = [
  ...[accepted, batch, cpu, width, lateness, far, burst, overdue, reads, growth],
  ...[pending, fairness, changes, jobs, jobGrowth, blasts, blastsKilled, upload],
];

const say = (line: string) => void process.stderr.write(`${line}\n`);

const { settings, only, quick, publish: publishOnly } = readSettings(process.argv.slice(2));
const unknown = only.filter((name) => !FIGURES.some((figure) => figure.name === name));
if (unknown.length > 0) {
  throw new RangeError(
    `--only is "${unknown.join()}", allowed are ${FIGURES.map(({ name }) => name).join(', ')}`,
  );
}

if (publishOnly) {
  say(`Written into docs/performance.md: ${(await publish()).join(', ')}`);
  process.exit(0);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    say(`${signal}: stopping`);
    void Stage.closeAll().then(() => process.exit(1));
  });
}

const startedAt = new Date().toISOString();
const results: Result[] = [];
for (const figure of FIGURES.filter(({ name }) => only.length === 0 || only.includes(name))) {
  say(`${new Date().toISOString()} ${figure.name}`);
  const others = otherProcesses();
  const result = await figure.measure(settings, say);
  result.note(`meanwhile all other processes of the machine used ${formatNumber(others() * 100)} % of it`);
  results.push(result);
}

const machine = describeMachine(results[0]?.engineVersion ?? '');
const run: Run = { startedAt, quick, settings, machine, results };
const text = report(run);
process.stdout.write(`\n${text}`);
if (!quick) {
  const time = startedAt.slice(0, 16).replace(':', '');
  const file = join(RESULTS_FOLDER, `${time}-${shortName(machine)}`);
  mkdirSync(RESULTS_FOLDER, { recursive: true });
  await writeFormatted(`${file}.md`, text);
  await writeFormatted(`${file}.json`, JSON.stringify(run));
  say(`Written to ${file}.md and .json, and into docs/performance.md: ${(await publish()).join(', ')}`);
}
process.exit(0);

/** Measures from now on which share of the machine was used by what is not the benchmark's. */
function otherProcesses(): () => number {
  const own = { bench: process.pid };
  const othersSeconds = () => machineCpuSeconds() - total(cpuSeconds(own));
  const [startedMs, usedBefore] = [performance.now(), othersSeconds()];
  return () => ((othersSeconds() - usedBefore) * 1000) / (performance.now() - startedMs) / cpus().length;
}
