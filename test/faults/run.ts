import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describeMachine, shortName } from '../../bench/machine.js';
import { onCi } from '#config/env.js';
import { ROOT } from '../../scripts/paths.js';
import { hasPython } from '../support/python-worker.js';
import { readOptions } from './options.js';
import { outcomeOf, play } from './play.js';
import type { Played, Run } from './play.js';
import { report } from './report.js';
import { ROWS } from './rows/index.js';
import { Stage } from './stage.js';

const say = (line: string) => void process.stdout.write(`${line}\n`);

const known = ROWS.map(({ id }) => id);
const options = readOptions(process.argv.slice(2), known);
const { only, seed, rounds, short, keep } = options;
const rows = ROWS.filter((row) => (only.length > 0 ? only.includes(row.id) : !short || row.short));
if (process.platform !== 'linux' || !hasPython()) {
  say('LEFT OUT: the fault matrix, which needs Linux and Python with venv.');
  process.exit(onCi() ? 1 : 0);
}
const startedAt = new Date().toISOString();
say(`seed ${seed}, ${rounds} round(s) of ${rows.map(({ id }) => id).join(' ')}`);

const stage = await Stage.start();
say(`logs in ${stage.folder}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stage.stop(keep).finally(() => process.exit(1)));
}
const machine = describeMachine(process.env.npm_package_version ?? '');
const runs: Run[] = [];
for (let round = 1; round <= rounds; round++) {
  for (const row of rows) {
    // The same row of the same round is the same again with the same seed, whatever else is played.
    runs.push(await play(stage, row, round, seed + round * 1_000 + Number(row.id.slice(1))));
    // All of them once more: what comes late belongs to the row that it comes from.
    const played = runs.map((run) => run.judge());
    tell(played.at(-1) as Played);
    if (options.report) await write(played);
  }
}
const played = runs.map((run) => run.judge());
for (const run of runs) run.close();
const outcomes = played.map(outcomeOf);
await stage.stop(keep || outcomes.includes('FAILED'));

say(`\n${report({ startedAt, seed, machine, played })}`);
const passed = outcomes.filter((outcome) => outcome === 'passed').length;
const failed = outcomes.length - passed;
if (options.counts) writeFileSync(options.counts, JSON.stringify({ passed, failed }));
say(`\nfaults: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function write(soFar: Played[]): Promise<void> {
  const folder = join(ROOT, 'test/faults/results');
  const file = join(folder, `${startedAt.slice(0, 10)}-${shortName(machine)}.md`);
  mkdirSync(folder, { recursive: true });
  const text = report({ startedAt, seed, machine, played: soFar });
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}

function tell(result: Played): void {
  const { row, round, seconds, verdict, broken, notes } = result;
  const { accepted, received, faults, inFlight, excused, recovered, latenessMs } = verdict;
  say(
    `${outcomeOf(result)} ${row.id}/${round} ${row.title}: ${seconds} s, ${faults} faults, ${inFlight} in flight, ` +
      `${accepted} accepted, ${received} received, ${excused.length} excused, ${recovered.length} recovered, ` +
      `late p50/p99/max ${latenessMs.p50}/${latenessMs.p99}/${latenessMs.max} ms`,
  );
  for (const note of notes) say(`    ${note}`);
  for (const why of broken.slice(0, 20)) say(`  ! ${why}`);
  if (broken.length > 20) say(`  ! and ${broken.length - 20} more`);
}
