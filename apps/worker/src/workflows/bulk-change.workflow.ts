import {
  CancellationScope,
  CancelledFailure,
  proxyActivities,
  sleep,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { BULK_PROGRESS } from '#contracts/bulk-change.js';
import type { BulkActivities, BulkChangeInput, BulkProgress, BulkTally } from '#contracts/bulk-change.js';
import { continueInNextRun } from './next-run.js';

/** What was stored just before can be found by then. */
const SETTLE_MS = 2_000;

const { findTimers } = proxyActivities<BulkActivities>({
  startToCloseTimeout: 10_000,
  retry: { maximumInterval: 10_000 },
});

const { changeTimers } = proxyActivities<BulkActivities>({
  startToCloseTimeout: 600_000,
  heartbeatTimeout: 15_000,
  // Called off, it tells how far it has come.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { maximumInterval: 10_000 },
});

/** Changes every timer to which a filter applies. Canceling the workflow stops it between two timers. */
export async function bulkChange(input: BulkChangeInput): Promise<void> {
  const { tenant, kind, filter } = input;
  const progress = { ...input.progress };
  let { cursor } = input;
  if (cursor === undefined) await sleep(SETTLE_MS);
  do {
    const found = await findTimers({ tenant, filter, cursor });
    progress.matched += found.ids.length;
    for (let ids = found.ids; ids.length > 0;) {
      const tally = await changeTimers({ tenant, kind, ids });
      ids = ids.slice(tally.done + tally.refused + tally.failed);
      add(progress, tally);
      upsertMemo({ [BULK_PROGRESS]: progress });
    }
    cursor = found.cursor;
    // The next run would not know of it.
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('stopped');
    if (cursor !== undefined && workflowInfo().continueAsNewSuggested) {
      await continueInNextRun<typeof bulkChange>({ ...input, progress, cursor });
    }
  } while (cursor !== undefined);
}

function add(progress: BulkProgress, { done, refused, failed }: BulkTally): void {
  progress.done += done;
  progress.refused += refused;
  progress.failed += failed;
}
