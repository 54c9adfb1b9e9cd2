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

/** Changes every timer to which a filter applies. Canceling the workflow stops it between two groups. */
export async function bulkChange(input: BulkChangeInput): Promise<void> {
  const { tenant, kind } = input;
  const progress = { ...input.progress };
  let { filter, pass } = input;
  for (;;) {
    if (!pass) {
      pass = { startedMs: Date.now(), matched: 0 };
      await sleep(SETTLE_MS);
    }
    const found = await findTimers({ tenant, filter, cursor: pass.cursor });
    progress.matched += found.ids.length;
    for (let ids = found.ids; ids.length > 0;) {
      const tally = await changeTimers({ tenant, kind, ids, again: filter.runFromMs !== undefined });
      ids = ids.slice(tally.done + tally.refused + tally.failed + tally.repeated);
      add(progress, tally);
      upsertMemo({ [BULK_PROGRESS]: progress });
    }
    const matched = pass.matched + found.ids.length;
    if (found.cursor !== undefined) {
      pass = { ...pass, matched, cursor: found.cursor };
    } else if (matched > 0) {
      // A group that went on in a new run meanwhile, for one because of these changes, may have moved past the cursor.
      filter = { ...filter, runFromMs: pass.startedMs };
      pass = undefined;
    } else {
      return;
    }
    // The next run would not know of it.
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('stopped');
    if (workflowInfo().continueAsNewSuggested) {
      await continueInNextRun<typeof bulkChange>({ ...input, filter, progress, pass });
    }
  }
}

function add(progress: BulkProgress, { done, refused, failed, repeated }: BulkTally): void {
  progress.matched -= repeated;
  progress.done += done;
  progress.refused += refused;
  progress.failed += failed;
}
