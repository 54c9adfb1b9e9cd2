import { proxyActivities, sleep } from '@temporalio/workflow';
import type { BulkActivities } from '#contracts/bulk-change.js';
import type { KeptChangeInput } from '#contracts/kept-change.js';

/** The activity has tried several times by then. */
const PAUSE_MS = 60_000;
const MAX_ROUNDS = 1_000;

const { changeTimers } = proxyActivities<BulkActivities>({
  startToCloseTimeout: 60_000,
  heartbeatTimeout: 15_000,
  retry: { maximumInterval: 10_000 },
});

/** Makes a change that was asked for while no worker could tell how far the timer's group had come. */
export async function keptChange({ tenant, kind, id }: KeptChangeInput): Promise<void> {
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const { failed } = await changeTimers({ tenant, kind, ids: [id], again: false });
    if (failed === 0) return;
    await sleep(PAUSE_MS);
  }
}
