import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_TENANT } from '#contracts/timers.js';
import { startTimers } from '../../test/support/tenant-timers.js';
import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import type { LoadOutcome } from '../load.js';
import { follow, settle } from '../send.js';
import { Stage } from '../stage.js';
import { formatNumber, percentile } from '../statistics.js';
import { addFaults } from './lateness.js';

/** Timers that share a window, the one that is canceled not counted, and how far apart they are due. */
const OTHERS = 99;
const APART_MS = 30;
const AHEAD_MS = 5_000;
const WINDOWS_PER_SECOND = 2;
/** The cancels fall evenly into this time from when the first of their window is due; the last is due later. */
const CANCELED_WITHIN_MS = 2_000;

/** How soon a change is answered inside a running window, and how late it makes the others that the window holds. */
export const changes: Figure = {
  name: 'changes',
  async measure({ rounds, changes: count }, say) {
    const title = `One timer canceled in each of ${formatNumber(count)} running windows of ${OTHERS + 1}, and none`;
    const result = new Result('changes', title, ['with a cancel', 'without'], say);
    const stage = await Stage.open();
    try {
      result.engineVersion = await stage.engineVersion();
      for (let round = 0; round <= rounds; round++) {
        for (const column of [0, 1] as const) {
          // The first round is small, warms up and is not counted.
          const counted = round > 0 ? result : new Result('warm-up', '', result.columns, () => undefined);
          await addWindows(counted, column, stage, round > 0 ? count : 5);
        }
      }
      return result;
    } finally {
      await stage.close();
    }
  },
};

async function addWindows(result: Result, column: 0 | 1, stage: Stage, count: number): Promise<void> {
  await settle(stage);
  const canceledTag = randomUUID();
  const sent = await follow(stage, stage.ours, (tag) =>
    runWindows(stage, { others: tag, canceled: canceledTag }, count, column === 0),
  );
  const { answerMs, firstError } = sent.outcome;
  if (column === 0) {
    addShares(result, column, 'DELETE answered after', answerMs, 1_000);
    const came = await stage.receiver.ask({ ask: 'count', tag: canceledTag });
    result.add(column, 'sent all the same', came as number, '', { of: 'value', atMost: 0 });
    if (firstError) result.note(`${count - answerMs.length} were not canceled (${firstError})`);
  }
  addShares(result, column, 'lateness of the others', sent.latenessMs, 200);
  addFaults(result, column, sent);
}

function addShares(result: Result, column: 0 | 1, name: string, values: number[], atMost: number): void {
  const goal = { of: 'value', atMost } as const;
  result.add(column, `${name}, p50`, percentile(values, 0.5), 'ms');
  result.add(column, `${name}, p99`, percentile(values, 0.99), 'ms', goal);
  result.add(column, `${name}, max`, percentile(values, 1), 'ms', goal);
}

interface Tags {
  others: string;
  canceled: string;
}

async function runWindows(stage: Stage, tags: Tags, count: number, cancels: boolean): Promise<LoadOutcome> {
  const outcome: LoadOutcome = { elapsedMs: 0, duesMs: [], answerMs: [] };
  const startedMs = performance.now();
  const ran: Promise<void>[] = [];
  for (let window = 0; window < count; window++) {
    const waitMs = startedMs + (window * 1000) / WINDOWS_PER_SECOND - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const cancelAfterMs = cancels ? (window / count) * CANCELED_WITHIN_MS : undefined;
    ran.push(runWindow(stage, tags, window, cancelAfterMs, outcome));
  }
  await Promise.all(ran);
  return { ...outcome, elapsedMs: performance.now() - startedMs };
}

/** Past the API, so that the timers are surely one group. The last of them is the one that is canceled. */
async function runWindow(
  { client, receiverUrl, serverUrl }: Stage,
  tags: Tags,
  window: number,
  cancelAfterMs: number | undefined,
  outcome: LoadOutcome,
): Promise<void> {
  const firstDueMs = Date.now() + AHEAD_MS;
  const dueMs = (place: number) => firstDueMs + place * APART_MS;
  const others = Array.from({ length: OTHERS }, (_, place) => {
    const index = window * OTHERS + place;
    outcome.duesMs[index] = dueMs(place);
    return { dueMs: dueMs(place), url: `${receiverUrl}/${tags.others}/${index}` };
  });
  const last = { dueMs: dueMs(OTHERS), url: `${receiverUrl}/${tags.canceled}/${window}` };
  const timers = await startTimers(client, DEFAULT_TENANT, [...others, last]);
  if (cancelAfterMs === undefined) return;
  await sleep(firstDueMs + cancelAfterMs - Date.now());
  const calledMs = performance.now();
  const { status } = await fetch(`${serverUrl}/timers/${timers.at(-1)?.id}`, { method: 'DELETE' });
  if (status === 200) outcome.answerMs.push(performance.now() - calledMs);
  else outcome.firstError ??= `answered ${status}`;
}
