import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { faultsOf, judge } from './checker.js';
import type { Verdict } from './checker.js';
import { footprintOf, leftBehind } from './footprint.js';
import { Field } from './row.js';
import type { Row } from './row.js';
import type { Stage } from './stage.js';

const SETTLE_MS = 60_000;
/** What a stopped worker still has in its hands would be sent by then. */
const QUIET_MS = 1_000;

/** What came of one run of a row. */
export interface Played {
  row: Row;
  round: number;
  seed: number;
  seconds: number;
  verdict: Verdict;
  /** Why it failed; empty if it did not. */
  broken: string[];
  notes: string[];
}

/** A run that can still be judged again, when later requests may have come in. */
export interface Run {
  judge(): Played;
  close(): void;
}

/** Runs a row once: its load and its harm, then everything is healed, and its timers may end. */
export async function play(stage: Stage, row: Row, round: number, seed: number): Promise<Run> {
  const name = `${row.id.toLowerCase()}-${round}-${seed.toString(36)}`;
  const field = new Field(stage, name, Number(row.id.slice(1)) + 1, seed);
  const startedMs = Date.now();
  const before = footprintOf(stage);
  try {
    await row.run(field);
  } catch (error) {
    field.broken.push(`it was broken off: ${(error as Error).message}`);
  }
  try {
    await stage.heal();
    await field.driver.settle(row.settleMs ?? SETTLE_MS);
    await sleep(QUIET_MS);
    await keepEvidence(field);
    field.broken.push(...leftBehind(before, footprintOf(stage)));
  } catch (error) {
    field.broken.push(`it did not heal: ${(error as Error).message}`);
  }
  let judged = false;
  const seconds = Math.round((Date.now() - startedMs) / 1000);
  return {
    close: () => field.close(),
    judge: () => {
      const { driver, faults } = field.logs;
      const verdict = judge(driver.lines, field.requests(), faults.lines);
      if (!judged) row.after?.(verdict, field);
      judged = true;
      const broken = [...field.broken, ...faultsOf(verdict), ...tooLate(row, verdict)];
      return { row, round, seed, seconds, verdict, broken, notes: field.notes };
    },
  };
}

/** Of what is not as it must be, the engine's own account goes beside the logs. */
async function keepEvidence(field: Field): Promise<void> {
  const { driver, logs, name, stage } = field;
  const { lost, duplicated, wrongState } = judge(logs.driver.lines, field.requests(), logs.faults.lines);
  for (const what of [...lost, ...duplicated, ...wrongState].slice(0, 20)) {
    const accepted = logs.driver.lines.find(({ type, key }) => type === 'ok' && what.startsWith(`${key}:`));
    if (accepted?.type !== 'ok') continue;
    const { answer } = await driver.ask('GET', `/timers/${accepted.id}/attempts`);
    appendFileSync(join(stage.folder, `${name}-evidence.jsonl`), `${JSON.stringify({ what, answer })}\n`);
  }
}

function tooLate({ latestMs = Infinity }: Row, { latenessMs: { max } }: Verdict): string[] {
  return max > latestMs ? [`one was ${max} ms late, and none may be more than ${latestMs} ms`] : [];
}

export function outcomeOf({ verdict, broken }: Played): 'passed' | 'FAILED' | 'void' {
  if (broken.length > 0) return 'FAILED';
  return verdict.void ? 'void' : 'passed';
}
