import { Context } from '@temporalio/activity';
import { Injectable } from '@nestjs/common';
import type { Attempt, DeliverActivities, DeliveryWindow, WindowEnd } from '#contracts/delivery.js';
import { attemptEnded } from '#contracts/timers.js';
import { Logger } from '#observability/logger.js';
import { EngineClock } from './engine-clock.js';
import { HeldWindow } from './held-window.js';
import { Lease } from './lease.js';
import { Slots } from './slots.js';
import { WebhookSender } from './webhook-sender.js';
import { WindowHeartbeat } from './window-heartbeat.js';

const SIGNAL_TIMEOUT_MS = 5_000;

/** The `deliver` activity: holds a window under a lease until it is sent, stopped, or given to another worker. */
@Injectable()
export class DeliverActivity implements DeliverActivities {
  private readonly windows = new Set<HeldWindow>();
  private readonly reports = new Set<Promise<void>>();
  private stopping = false;

  constructor(
    private readonly clock: EngineClock,
    private readonly slots: Slots,
    private readonly sender: WebhookSender,
    private readonly logger: Logger,
  ) {}

  async deliver(window: DeliveryWindow): Promise<WindowEnd> {
    const heartbeat = new WindowHeartbeat();
    const { clock, slots, sender } = this;
    const held = new HeldWindow({ window, recorded: heartbeat.recorded(), clock, slots, sender });
    const beat = async () => {
      const { cancelRequested } = await heartbeat.beat(held.attempts);
      if (cancelRequested) held.stop();
    };
    const lease = new Lease(beat, (error) =>
      this.logger.warn({ err: error }, 'A heartbeat was not confirmed'),
    );
    // A worker that was stopped wakes up with an old task in its hands: nothing before the engine has confirmed it.
    await lease.confirm();
    if (clock.due) await this.measureClock(heartbeat, held.attempts);

    this.windows.add(held);
    if (this.stopping) held.stop();
    try {
      held.begin(lease);
      await Promise.race([held.whenFinished(), lease.keep()]);
      // So that the lease lasts until the outcome has reached the engine.
      await lease.confirm();
      const { end, underWay } = held.close();
      for (const attempt of underWay) this.report(attempt);
      return end;
    } finally {
      held.stop();
      lease.end();
      this.windows.delete(held);
    }
  }

  /** Begins nothing more: every window ends at once, and other workers go on with what is left of it. */
  stop(): void {
    this.stopping = true;
    for (const window of this.windows) window.stop();
  }

  /** Resolves when everything that was under way has ended and was reported. */
  async whenReported(): Promise<void> {
    while (this.reports.size > 0) await Promise.all(this.reports);
  }

  /** Tells the workflow of an attempt that outlived its window. If this fails, the workflow counts it as lost in time. */
  private report(attempt: Promise<Attempt>): void {
    const { client, info } = Context.current();
    const workflowId = info.workflowExecution?.workflowId ?? '';
    const report = attempt
      .then((ended) =>
        client.withDeadline(Date.now() + SIGNAL_TIMEOUT_MS, () =>
          client.workflow.getHandle(workflowId).signal(attemptEnded, ended),
        ),
      )
      .catch((error: unknown) => this.logger.warn({ err: error, workflowId }, 'Could not report an attempt'))
      .finally(() => this.reports.delete(report));
    this.reports.add(report);
  }

  private async measureClock(heartbeat: WindowHeartbeat, attempts: Attempt[]): Promise<void> {
    try {
      const reading = await heartbeat.readClock(attempts);
      if (reading) this.clock.apply(reading);
    } catch (error) {
      this.logger.warn({ err: error }, "Could not read the engine's clock");
    }
  }
}
