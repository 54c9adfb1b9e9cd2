import type { LoadedDataConverter } from '@temporalio/common';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { temporal } from '@temporalio/proto';
import type { GroupTask } from '#contracts/job.js';

type Event = temporal.api.history.v1.IHistoryEvent;

/** As the engine's API numbers time-outs: the worker took too long, or gave no sign of life. */
const LOST_BY = [1, 4];

/**
 * The group that must not be repeated and was lost with its worker, where no worker has taken that up yet. `latest`: the
 * last events of its job, the newest first.
 */
export async function lostGroup(
  latest: readonly Event[],
  converter: LoadedDataConverter,
): Promise<GroupTask | undefined> {
  const taken = latest.findIndex((event) => event.workflowTaskCompletedEventAttributes);
  const fresh = taken < 0 ? latest : latest.slice(0, taken);
  const end = fresh.find((event) => event.activityTaskTimedOutEventAttributes);
  const { scheduledEventId, failure } = end?.activityTaskTimedOutEventAttributes ?? {};
  if (!LOST_BY.includes(Number(failure?.timeoutFailureInfo?.timeoutType))) return undefined;
  const begin = latest.find(({ eventId }) => String(eventId) === String(scheduledEventId));
  const payloads = begin?.activityTaskScheduledEventAttributes?.input?.payloads;
  const task = payloads && (await decodeFromPayloadsAtIndex<GroupTask>(converter, 0, payloads));
  // What settles a group has no plan for its tries.
  return task?.retry === 'none' ? task : undefined;
}
