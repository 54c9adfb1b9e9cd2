import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

export interface Options {
  /** Rows by number; empty for all. */
  only: string[];
  seed: number;
  rounds: number;
  short: boolean;
  /** Whether logs and data stay where they are. */
  keep: boolean;
  /** Whether the report goes into test/faults/results. */
  report: boolean;
  /** A file for how many have passed and failed, for programs. */
  counts?: string;
}

/** From the command line: `--only F02,F05`, `--seed N`, `--rounds N`, `--short`, `--keep`, `--report`, `--counts FILE`. */
export function readOptions(args: string[], known: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: '' },
      seed: { type: 'string' },
      rounds: { type: 'string', default: '1' },
      short: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      report: { type: 'boolean', default: false },
      counts: { type: 'string' },
    },
  });
  const only = values.only.toUpperCase().split(',').filter(Boolean);
  const unknown = only.filter((id) => !known.includes(id));
  if (unknown.length > 0)
    throw new RangeError(`--only is "${unknown.join()}", allowed are ${known.join(', ')}`);
  const { short, keep, report, counts } = values;
  const seed = whole('--seed', values.seed ?? String(randomInt(2 ** 31)), 0);
  return { only, seed, rounds: whole('--rounds', values.rounds, 1), short, keep, report, counts };
}

function whole(name: string, text: string, from: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < from)
    throw new RangeError(`${name} is "${text}", allowed is a whole number from ${from}`);
  return value;
}
