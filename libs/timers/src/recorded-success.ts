import type { Client } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { temporal } from '@temporalio/proto';
import { isSuccess } from '#contracts/delivery.js';
import type { WindowRecord } from '#contracts/delivery.js';
import type { AttemptRecord, TimerView } from '#contracts/timers.js';

/** What the workflow knows must be told in time all the same. */
const DESCRIBE_TIMEOUT_MS = 500;

/**
 * The attempt that has delivered a timer, where a worker has recorded it with the engine and the workflow does not know it
 * yet: it learns what came of a window when that ends. Without the answer, which is not recorded. Undefined if there is none.
 */
export async function successIn(
  client: Client,
  activities: readonly temporal.api.workflow.v1.IPendingActivityInfo[] | null | undefined,
  index: number,
  view: TimerView,
): Promise<AttemptRecord | undefined> {
  for (const { heartbeatDetails } of activities ?? []) {
    const { payloads } = heartbeatDetails ?? {};
    if (!payloads?.length) continue;
    const converter = client.options.loadedDataConverter;
    const { attempts } = await decodeFromPayloadsAtIndex<WindowRecord>(converter, 0, payloads);
    const success = attempts.find(
      (each) =>
        each.index === index &&
        each.attempt === view.attempts + 1 &&
        isSuccess(each.statusCode, view.timer.successStatuses),
    );
    if (!success) continue;
    const { index: _index, ...attempt } = success;
    return { ...attempt, scheduledMs: view.plannedMs ?? view.nextAttemptMs };
  }
  return undefined;
}

/** The same, asked of the engine. */
export async function recordedSuccess(
  client: Client,
  workflowId: string,
  index: number,
  view: TimerView,
): Promise<AttemptRecord | undefined> {
  const { namespace } = client.options;
  try {
    const { pendingActivities } = await client.withDeadline(Date.now() + DESCRIBE_TIMEOUT_MS, () =>
      client.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId } }),
    );
    return await successIn(client, pendingActivities, index, view);
  } catch {
    // What the workflow knows is right as well, only older.
    return undefined;
  }
}
