import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { ROOT } from '../../scripts/paths.js';
import { Receiver } from '../../test/support/receiver.js';
import { describeMachine, shortName } from '../machine.js';
import { live } from './lives.js';
import { costs, growth, heading } from './tables.js';

/** How many timers of each kind: alone in their workflows, and a hundred in each. */
const { values } = parseArgs({ options: { timers: { type: 'string', default: '1000' } } });
const count = Number(values.timers);
if (!Number.isInteger(count / 100) || count < 100)
  throw new RangeError(`--timers is "${values.timers}", allowed is a multiple of 100`);

const receiver = await Receiver.start();
const machine = describeMachine('1.31.2');
const startedAt = new Date().toISOString();
let text = heading(machine, startedAt, count);
for (const groupSize of [1, 100]) {
  process.stderr.write(`${count} timers, ${groupSize} to a workflow\n`);
  const phases = await live(count, groupSize, receiver.url('/report'));
  text += `\n## ${groupSize === 1 ? 'Each in a workflow of its own' : `${groupSize} to a workflow`}\n\n`;
  text += `${costs(phases, count)}\n${growth(phases, count)}`;
}
await receiver.stop();
const file = join(ROOT, 'bench/results', `${startedAt.slice(0, 10)}-${shortName(machine)}-engine.md`);
writeFileSync(file, await format(text, { parser: 'markdown', printWidth: 120 }));
process.stdout.write(text);
process.stderr.write(`Written to ${file}\n`);
process.exit(0);
