import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { encodeToPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { LeaseLost } from './lease.js';

const CALL_TIMEOUT_MS = 1_500;
/**
 * The SDK gives an activity up by itself when it has seen no heartbeat of its own for the time-out and 5 s more. One of its
 * heartbeats may reach the engine after a later one of ours, with an older record, and it holds up the activity's end until
 * it is answered. So there are as few as may be: one or two in a window of the usual length.
 */
const SDK_BEAT_EVERY_MS = 6_000;
const GRPC_NOT_FOUND = 5;

/**
 * The heartbeats of one activity. They are calls of their own rather than the SDK's, because a lease needs to know that
 * the engine has confirmed one, and when; the SDK's are sent at some later time and tell nothing.
 */
export class ConfirmedHeartbeat {
  private readonly context = Context.current();
  private readonly client: Client = this.context.client;
  private sdkBeatMs = performance.now();

  /** Rejects with `LeaseLost` if the engine does not know the activity as ours; tells whether it was cancelled. */
  async beat(details: unknown): Promise<{ cancelRequested: boolean }> {
    this.keepSdkQuiet(details);
    try {
      const { cancelRequested } = await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, async () =>
        this.client.workflowService.recordActivityTaskHeartbeat({
          namespace: this.client.options.namespace,
          taskToken: this.context.info.taskToken,
          identity: this.client.options.identity,
          details: { payloads: await encodeToPayloads(this.client.options.loadedDataConverter, details) },
        }),
      );
      return { cancelRequested };
    } catch (error) {
      if ((error as { code?: number }).code === GRPC_NOT_FOUND)
        throw new LeaseLost('it was given to another worker');
      throw error;
    }
  }

  private keepSdkQuiet(details: unknown): void {
    if (performance.now() - this.sdkBeatMs < SDK_BEAT_EVERY_MS) return;
    this.sdkBeatMs = performance.now();
    this.context.heartbeat(details);
  }
}
