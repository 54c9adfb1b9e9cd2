import {
  CancellationScope,
  condition,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { BATCH_TIMEOUT_MS, blastChanged, NO_TALLY } from '#contracts/blast.js';
import type { BatchEnd, BlastActivities, BlastInput } from '#contracts/blast.js';
import { HEARTBEAT_TIMEOUT_MS } from '#contracts/lease.js';
import { BlastRun } from './blast-run.js';
import { continueInNextRun } from './next-run.js';

/** After a batch that failed for a reason that nobody foresaw. */
const PAUSE_MS = 5_000;

const { viewBlast } = proxyActivities<BlastActivities>({
  startToCloseTimeout: 60_000,
  retry: { maximumInterval: 10_000 },
});

const { listRecipients, endBlast } = proxyActivities<BlastActivities>({
  startToCloseTimeout: 6 * 3_600_000,
  heartbeatTimeout: 90_000,
  retry: { maximumInterval: 10_000 },
});

const { sendBatch } = proxyActivities<BlastActivities>({
  startToCloseTimeout: BATCH_TIMEOUT_MS,
  heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  // Told to stop, it tells what it has sent.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: 500, maximumInterval: 10_000 },
});

/** Takes a blast from its start to its end. */
export async function blast({ tenant, id, state }: BlastInput): Promise<void> {
  const key = { tenant, id };
  const run = new BlastRun({ batch: state?.batch ?? 0, tally: NO_TALLY });
  const lanes = new Map<number, CancellationScope>();
  let happened = false;
  setHandler(blastChanged, () => {
    run.changed();
    happened = true;
  });

  for (;;) {
    const step = run.next(Date.now());
    if (step.do === 'leave') return;
    if (step.do === 'look') {
      const seen = run.looking();
      seen(await viewBlast({ ...key, quiet: run.busy.size === 0 }));
    } else if (step.do === 'begin' && !workflowInfo().continueAsNewSuggested) {
      for (const lane of step.lanes) begin(lane);
    } else if (step.do === 'begin' && run.busy.size === 0) {
      await continueInNextRun<typeof blast>({ ...key, state: run.state });
    } else if (step.do === 'list') {
      await listRecipients({ ...key, run: run.view?.run ?? 0 });
      run.changed();
    } else if (step.do === 'end') {
      await endBlast({ ...key, run: run.view?.run ?? 0, end: step.end });
      run.changed();
    } else {
      await wait(step.do === 'wait' ? step.untilMs : Infinity, step.do === 'stop');
      if (workflowInfo().continueAsNewSuggested && run.busy.size === 0) {
        await continueInNextRun<typeof blast>({ ...key, state: run.state });
      }
    }
  }

  function begin(lane: number): void {
    const task = { ...key, lane, batch: run.begun(lane, Date.now()), tally: NO_TALLY };
    const scope = new CancellationScope();
    lanes.set(lane, scope);
    const batch = scope.run(() => sendBatch(task));
    void batch
      .then<BatchEnd, undefined>(undefined, async () => {
        if (!scope.consideredCancelled) await sleep(PAUSE_MS);
        return undefined;
      })
      .then((end) => {
        lanes.delete(lane);
        run.ended(lane, end);
        happened = true;
      });
  }

  async function wait(untilMs: number, stops: boolean): Promise<void> {
    if (stops) for (const scope of lanes.values()) scope.cancel();
    happened = false;
    const inTime =
      untilMs === Infinity || (await condition(() => happened, Math.max(1, untilMs - Date.now())));
    if (untilMs === Infinity) await condition(() => happened);
    // The time has come: what was seen before may be old.
    if (!inTime) run.changed();
  }
}
