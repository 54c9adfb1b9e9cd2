import type { Client } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { isSuccess } from '#contracts/delivery.js';
import type { WindowRecord } from '#contracts/delivery.js';
import { statusAt } from '#contracts/timers.js';
import type { AttemptRecord, TimerView } from '#contracts/timers.js';

/**
 * The attempt that has delivered a timer, where a worker has recorded it with the engine and the workflow does not know it
 * yet: it learns what came of a window when that ends. Without the answer, which is not recorded. Undefined if there is none.
 */
export async function recordedSuccess(
  client: Client,
  workflowId: string,
  index: number,
  view: TimerView,
): Promise<AttemptRecord | undefined> {
  if (statusAt(view, Date.now()) !== 'dispatching') return undefined;
  const { pendingActivities } = await client.workflowService.describeWorkflowExecution({
    namespace: client.options.namespace,
    execution: { workflowId },
  });
  for (const { heartbeatDetails } of pendingActivities ?? []) {
    const { payloads } = heartbeatDetails ?? {};
    if (!payloads?.length) continue;
    const converter = client.options.loadedDataConverter;
    const record = await decodeFromPayloadsAtIndex<WindowRecord>(converter, 0, payloads);
    const success = record.attempts.find(
      (each) =>
        each.index === index &&
        each.attempt === view.attempts + 1 &&
        isSuccess(each.statusCode, view.timer.successStatuses),
    );
    if (!success) continue;
    const { index: _index, ...attempt } = success;
    return { ...attempt, scheduledMs: view.nextAttemptMs };
  }
  return undefined;
}
