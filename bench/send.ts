import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { untilQuiet } from './cpu.js';
import type { Load, LoadOutcome } from './load.js';
import type { Arrival } from './receiver.js';
import type { Side, Stage } from './stage.js';

const POLL_MS = 200;
/** When nothing has changed for this long after the last was due, nothing more will. */
const PATIENCE_MS = 60_000;

/** What became of a load whose timers were all waited for. */
export interface Sent {
  outcome: LoadOutcome;
  accepted: number;
  /** That were started for them. */
  workflows: number;
  /** The receiver's clock − due, of the first arrival of each timer. */
  latenessMs: number[];
  lastAtMs: number;
  lost: number;
  doubled: number;
  early: number;
}

/** Runs a load on one side and waits until its timers have arrived and their workflows have closed. */
export async function send(stage: Stage, side: Side, load: Omit<Load, 'url' | 'tag'>): Promise<Sent> {
  return follow(stage, side, (tag) => side.load.ask({ ...load, url: stage.receiverUrl, tag }));
}

/** The same, where the timers are created in another way, each for `<receiver>/<tag>/<index>`. */
export async function follow(
  stage: Stage,
  side: Side,
  create: (tag: string) => Promise<LoadOutcome>,
): Promise<Sent> {
  const tag = randomUUID();
  const [runningBefore, workflowsBefore] = [await stage.running(side), await stage.workflows(side)];
  const outcome = await create(tag);
  const dues = outcome.duesMs.filter(Number.isFinite);
  if (dues.length === 0) throw new Error(`${side.name} accepted nothing: ${outcome.firstError}`);
  const lastDueMs = dues.reduce((last, dueMs) => Math.max(last, dueMs), 0);
  await fallTo(
    0,
    lastDueMs,
    async () => dues.length - ((await stage.receiver.ask({ ask: 'count', tag })) as number),
  );
  await fallTo(runningBefore, lastDueMs, () => stage.running(side));
  const workflows = (await stage.workflows(side)) - workflowsBefore;
  return { workflows, ...judge(outcome, (await stage.receiver.ask({ ask: 'arrivals', tag })) as Arrival[]) };
}

/** Lets both sides and the engine finish what they have begun. */
export async function settle(stage: Stage): Promise<void> {
  await untilQuiet(stage.processes);
}

/** Waits until a count has fallen so far, or for too long has not fallen any more. */
async function fallTo(goal: number, notBeforeMs: number, count: () => Promise<number>): Promise<void> {
  let lowest = Infinity;
  for (let changedMs = Date.now(); lowest > goal; await sleep(POLL_MS)) {
    const now = await count();
    if (now < lowest) changedMs = Date.now();
    lowest = Math.min(lowest, now);
    if (Date.now() > Math.max(changedMs, notBeforeMs) + PATIENCE_MS) return;
  }
}

function judge(outcome: LoadOutcome, arrivals: Arrival[]): Omit<Sent, 'workflows'> {
  const first = new Map<number, number>();
  for (const { index, atMs } of arrivals) if (!first.has(index)) first.set(index, atMs);
  const accepted = outcome.duesMs.filter(Number.isFinite).length;
  // One that was refused, or whose answer was lost, may have arrived all the same: it has no due time.
  const latenessMs = [...first]
    .map(([index, atMs]) => atMs - (outcome.duesMs[index] ?? NaN))
    .filter(Number.isFinite);
  return {
    outcome,
    accepted,
    latenessMs,
    lastAtMs: arrivals.reduce((last, { atMs }) => Math.max(last, atMs), 0),
    lost: accepted - latenessMs.length,
    doubled: arrivals.length - first.size,
    early: latenessMs.filter((ms) => ms < 0).length,
  };
}
