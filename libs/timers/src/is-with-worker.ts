import type { temporal } from '@temporalio/proto';

/** As the engine's API numbers the states of an activity. */
const STARTED = 2;
/** It runs, and is told to stop. */
const CANCEL_REQUESTED = 3;

/** Whether a worker has the activity, as far as the engine knows. */
export function isWithWorker({ state }: temporal.api.workflow.v1.IPendingActivityInfo): boolean {
  return [STARTED, CANCEL_REQUESTED].includes(Number(state));
}
