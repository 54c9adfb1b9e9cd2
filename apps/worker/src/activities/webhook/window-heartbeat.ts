import { Context } from '@temporalio/activity';
import type { Attempt, WindowRecord } from '#contracts/delivery.js';
import { ConfirmedHeartbeat } from '../lease/confirmed-heartbeat.js';
import type { ClockReading } from './engine-clock.js';

const CALL_TIMEOUT_MS = 1_500;

/** The heartbeats of one `deliver` activity. */
export class WindowHeartbeat {
  private readonly context = Context.current();
  private readonly heartbeat = new ConfirmedHeartbeat();

  /** What the worker recorded that had this window before. */
  recorded(): Attempt[] {
    return (this.context.info.heartbeatDetails as WindowRecord | undefined)?.attempts ?? [];
  }

  /** Rejects with `LeaseLost` if the engine does not know the activity as ours; tells whether it was cancelled. */
  beat(attempts: Attempt[]): Promise<{ cancelRequested: boolean }> {
    // Without what the destinations answered: that many times a second it would be too much.
    const record: WindowRecord = { attempts: attempts.map((attempt) => ({ ...attempt, answer: undefined })) };
    return this.heartbeat.beat(record);
  }

  /** Reads the engine's clock off the stamp that it puts on a heartbeat; `confirm` makes one. */
  async readClock(confirm: () => Promise<void>): Promise<ClockReading | undefined> {
    const { client, info } = this.context;
    const beforeMs = Date.now();
    await confirm();
    const afterMs = Date.now();
    const { pendingActivities } = await client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
      client.workflowService.describeWorkflowExecution({
        namespace: client.options.namespace,
        execution: info.workflowExecution,
      }),
    );
    const stamp = pendingActivities?.find(
      (pending) => pending.activityId === info.activityId,
    )?.lastHeartbeatTime;
    if (!stamp) return undefined;
    return { beforeMs, engineMs: Number(stamp.seconds ?? 0) * 1000 + (stamp.nanos ?? 0) / 1e6, afterMs };
  }
}
