import {
  allHandlersFinished,
  condition,
  patched,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import {
  claimProbe,
  DESTINATION_STATUS,
  getDestination,
  outcomesReported,
  pauseRequested,
  resumeRequested,
} from '#contracts/destination.js';
import type { DestinationInput } from '#contracts/destination.js';
import { Circuit } from './circuit.js';
import { continueInNextRun } from './next-run.js';

/**
 * Where it waits without a time limit, as when a client has paused it, the handler of the signal that wakes it has not
 * finished yet in that moment: without this it was never renewed.
 */
const RENEWS_ON_SIGNAL = 'destination: renews on a signal';

/** Is there for as long as a destination of a tenant is not healthy, and knows for all workers how it stands. */
export async function destination(input: DestinationInput): Promise<void> {
  const circuit = new Circuit(input);
  let published = JSON.stringify(input.status);
  let changed = false;
  const change = (make: () => void) => {
    make();
    changed = true;
  };

  setHandler(getDestination, () => circuit.view());
  setHandler(outcomesReported, (report) => change(() => circuit.apply(report, Date.now())));
  setHandler(pauseRequested, () => change(() => circuit.pause(Date.now())));
  setHandler(resumeRequested, () => change(() => circuit.resume(Date.now())));
  setHandler(claimProbe, () => {
    changed = true;
    return circuit.claimProbe(Date.now());
  });

  for (;;) {
    circuit.passTime(Date.now());
    publish();
    if (circuit.closed && allHandlersFinished()) return;
    if (workflowInfo().continueAsNewSuggested && (allHandlersFinished() || patched(RENEWS_ON_SIGNAL))) {
      await condition(allHandlersFinished);
      // What the next run begins with it takes for published.
      publish();
      await continueInNextRun<typeof destination>(circuit.continued());
    }
    changed = false;
    const sleepMs = circuit.nextWakeMs - Date.now();
    if (sleepMs === Infinity) await condition(() => changed);
    else if (sleepMs > 0) await condition(() => changed, sleepMs);
  }

  function publish(): void {
    const status = circuit.view();
    const state = JSON.stringify(status);
    if (state === published) return;
    published = state;
    upsertMemo({ [DESTINATION_STATUS]: status });
  }
}
