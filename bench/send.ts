import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { untilQuiet } from './cpu.js';
import type { Load, LoadOutcome } from './load.js';
import type { Arrival } from './receiver.js';
import type { Side, Stage } from './stage.js';

const POLL_MS = 200;
/** When nothing has changed for this long after the last was due, nothing more will. */
const PATIENCE_MS = 60_000;
/** So often a side is asked in vain after it was stopped. */
const WARM_UPS = 5;

/** What became of a load whose timers were all waited for. */
export interface Sent {
  outcome: LoadOutcome;
  accepted: number;
  /** That were started for them. */
  workflows: number;
  /** The receiver's clock − due, of the first arrival of each timer. */
  latenessMs: number[];
  firstAtMs: number;
  lastAtMs: number;
  lost: number;
  doubled: number;
  early: number;
}

/** Runs a load on one side and waits until its timers have arrived and their workflows have closed. */
export async function send(
  stage: Stage,
  side: Side,
  load: Omit<Load, 'url' | 'tag'>,
  whenAccepted?: (lastDueMs: number) => Promise<void>,
): Promise<Sent> {
  return follow(stage, side, (tag) => side.load.ask({ ...load, url: stage.receiverUrl, tag }), whenAccepted);
}

/** The same, where the timers are created in another way, each for `<receiver>/<tag>/<index>`. */
export async function follow(
  stage: Stage,
  side: Side,
  create: (tag: string) => Promise<LoadOutcome>,
  whenAccepted?: (lastDueMs: number) => Promise<void>,
): Promise<Sent> {
  const tag = randomUUID();
  const [runningBefore, workflowsBefore] = [await stage.running(side), await stage.workflows(side)];
  const outcome = await create(tag);
  const dues = outcome.duesMs.filter(Number.isFinite);
  if (dues.length === 0) throw new Error(`${side.name} accepted nothing: ${outcome.firstError}`);
  const lastDueMs = dues.reduce((last, dueMs) => Math.max(last, dueMs), 0);
  await whenAccepted?.(lastDueMs);
  await fallTo(
    0,
    lastDueMs,
    async () => dues.length - ((await stage.receiver.ask({ ask: 'count', tag })) as number),
  );
  await fallTo(runningBefore, lastDueMs, () => stage.running(side));
  const workflows = (await stage.workflows(side)) - workflowsBefore;
  return { workflows, ...judge(outcome, (await stage.receiver.ask({ ask: 'arrivals', tag })) as Arrival[]) };
}

/** Lets all sides and the engine finish what they have begun. With a side, that one alone runs from then on. */
export async function settle(stage: Stage, side?: Side): Promise<void> {
  if (side && (await stage.turns.give(side))) await warmUp(stage, side);
  // What stands by polls: each peer takes its share of the machine for that.
  await untilQuiet(stage.processes, { share: side ? 0.2 : 0.2 + 0.05 * stage.peers.length });
}

/** A side that was stopped finds some connections closed, and is asked until it has new ones. */
async function warmUp(stage: Stage, side: Side): Promise<void> {
  const load = { pace: { concurrency: 4, count: 20 }, due: { inSeconds: [1] } };
  let reason: unknown;
  for (let left = WARM_UPS; left > 0; left--) {
    try {
      const { accepted, lost } = await send(stage, side, load);
      if (accepted === load.pace.count && lost === 0) return;
      reason = `${accepted} of ${load.pace.count} accepted, ${lost} lost`;
    } catch (error) {
      reason = error;
    }
  }
  throw new Error(`${side.name} does not work after it was stopped`, { cause: reason });
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
    firstAtMs: arrivals.reduce((earliest, { atMs }) => Math.min(earliest, atMs), Infinity),
    lastAtMs: arrivals.reduce((last, { atMs }) => Math.max(last, atMs), 0),
    lost: accepted - latenessMs.length,
    doubled: arrivals.length - first.size,
    early: latenessMs.filter((ms) => ms < 0).length,
  };
}
