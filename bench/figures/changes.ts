import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_TENANT } from '#contracts/timers.js';
import { startTimers } from '../../test/support/tenant-timers.js';
import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import type { LoadOutcome } from '../load.js';
import type { Arrival } from '../receiver.js';
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

const NONE = { of: 'value', atMost: 0 } as const;

/** What came of the timers that were canceled, by window; those that are sent all the same arrive under that tag. */
interface Cancels {
  tag: string;
  answerMs: number[];
  statuses: number[];
}

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

async function addWindows(result: Result, column: number, stage: Stage, count: number): Promise<void> {
  await settle(stage);
  const cancels: Cancels = { tag: randomUUID(), answerMs: [], statuses: [] };
  const sent = await follow(stage, stage.ours, (tag) =>
    runWindows(stage, tag, count, column === 0 ? cancels : undefined),
  );
  if (column === 0) {
    const { tag, answerMs, statuses } = cancels;
    addShares(result, column, 'DELETE answered after', answerMs, 1_000);
    const came = (await stage.receiver.ask({ ask: 'arrivals', tag })) as Arrival[];
    const wrong = came.filter(({ index }) => statuses[index] === 200);
    result.add(column, 'answered 200 and sent all the same', wrong.length, '', NONE);
    const others = statuses.filter((status) => status !== 200);
    result.add(column, 'not answered 200', others.length, '', NONE);
    if (others.length > 0) {
      result.note(`${others.length} of ${count} DELETEs were answered ${[...new Set(others)].join(', ')}`);
    }
  }
  addShares(result, column, 'lateness of the others', sent.latenessMs, 200);
  addFaults(result, column, sent);
}

function addShares(result: Result, column: number, name: string, values: number[], atMost: number): void {
  const goal = { of: 'value', atMost } as const;
  result.add(column, `${name}, p50`, percentile(values, 0.5), 'ms');
  result.add(column, `${name}, p99`, percentile(values, 0.99), 'ms', goal);
  result.add(column, `${name}, max`, percentile(values, 1), 'ms', goal);
}

async function runWindows(
  stage: Stage,
  tag: string,
  count: number,
  cancels: Cancels | undefined,
): Promise<LoadOutcome> {
  const duesMs: number[] = [];
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: count }, async (_, window) => {
      await sleep((window * 1000) / WINDOWS_PER_SECOND);
      const firstDueMs = Date.now() + AHEAD_MS;
      const others = Array.from({ length: OTHERS }, (_other, place) => window * OTHERS + place);
      for (const [place, index] of others.entries()) duesMs[index] = firstDueMs + place * APART_MS;
      const paths = [...others.map((index) => `${tag}/${index}`), `${cancels?.tag ?? 'last'}/${window}`];
      const id = await startWindow(stage, firstDueMs, paths);
      if (!cancels) return;
      await sleep(firstDueMs + (window / count) * CANCELED_WITHIN_MS - Date.now());
      const calledMs = performance.now();
      const { status } = await fetch(`${stage.ours.serverUrl}/timers/${id}`, { method: 'DELETE' });
      cancels.answerMs[window] = performance.now() - calledMs;
      cancels.statuses[window] = status;
    }),
  );
  return { elapsedMs: performance.now() - startedMs, duesMs, answerMs: [] };
}

/** Past the API, so that the timers are surely one group. Resolves with the id of the last. */
async function startWindow(
  { client, receiverUrl }: Stage,
  firstDueMs: number,
  paths: string[],
): Promise<string | undefined> {
  const requests = paths.map((path, place) => ({
    dueMs: firstDueMs + place * APART_MS,
    url: `${receiverUrl}/${path}`,
  }));
  return (await startTimers(client, DEFAULT_TENANT, requests)).at(-1)?.id;
}
