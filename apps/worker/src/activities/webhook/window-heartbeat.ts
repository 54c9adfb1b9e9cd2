import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { encodeToPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { Attempt, WindowRecord } from '#contracts/delivery.js';
import { HEARTBEAT_TIMEOUT_MS } from '#contracts/lease.js';
import type { ClockReading } from './engine-clock.js';
import { LeaseLost } from './lease.js';

const CALL_TIMEOUT_MS = 1_500;
const GRPC_NOT_FOUND = 5;

/**
 * The heartbeats of one `deliver` activity. They are calls of their own rather than the SDK's, because a lease needs to
 * know that the engine has confirmed one, and when; the SDK's are sent at some later time and tell nothing.
 */
export class WindowHeartbeat {
  private readonly context = Context.current();
  private readonly client: Client = this.context.client;
  private sdkBeatMs = performance.now();

  /** What the worker recorded that had this window before. */
  recorded(): Attempt[] {
    return (this.context.info.heartbeatDetails as WindowRecord | undefined)?.attempts ?? [];
  }

  /** Rejects with `LeaseLost` if the engine does not know the activity as ours; tells whether it was cancelled. */
  async beat(attempts: Attempt[]): Promise<{ cancelRequested: boolean }> {
    // Without what the destinations answered: that many times a second it would be too much.
    const record: WindowRecord = { attempts: attempts.map((attempt) => ({ ...attempt, answer: undefined })) };
    this.keepSdkQuiet(record);
    try {
      const { cancelRequested } = await this.call(async () =>
        this.client.workflowService.recordActivityTaskHeartbeat({
          namespace: this.client.options.namespace,
          taskToken: this.context.info.taskToken,
          identity: this.client.options.identity,
          details: { payloads: await encodeToPayloads(this.client.options.loadedDataConverter, record) },
        }),
      );
      return { cancelRequested };
    } catch (error) {
      if ((error as { code?: number }).code === GRPC_NOT_FOUND)
        throw new LeaseLost('window was given to another worker');
      throw error;
    }
  }

  /** Reads the engine's clock off the stamp that it puts on a heartbeat. */
  async readClock(attempts: Attempt[]): Promise<ClockReading | undefined> {
    const { activityId, workflowExecution } = this.context.info;
    const beforeMs = Date.now();
    await this.beat(attempts);
    const afterMs = Date.now();
    const { pendingActivities } = await this.call(() =>
      this.client.workflowService.describeWorkflowExecution({
        namespace: this.client.options.namespace,
        execution: workflowExecution,
      }),
    );
    const stamp = pendingActivities?.find((pending) => pending.activityId === activityId)?.lastHeartbeatTime;
    if (!stamp) return undefined;
    return { beforeMs, engineMs: Number(stamp.seconds ?? 0) * 1000 + (stamp.nanos ?? 0) / 1e6, afterMs };
  }

  private call<T>(fn: () => Promise<T>): Promise<T> {
    return this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, fn);
  }

  // The SDK gives an activity up by itself when it has seen no heartbeat of its own for the time-out.
  private keepSdkQuiet(record: WindowRecord): void {
    if (performance.now() - this.sdkBeatMs < HEARTBEAT_TIMEOUT_MS) return;
    this.sdkBeatMs = performance.now();
    this.context.heartbeat(record);
  }
}
