import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';
import { Injectable } from '@nestjs/common';
import type { Attempt, DeliverActivities, DeliveryWindow, WindowEnd } from '#contracts/delivery.js';
import { attemptEnded } from '#contracts/timers.js';
import { Logger } from '#observability/logger.js';
import { Destinations } from './destinations.js';
import { EngineClock } from './engine-clock.js';
import { FlowGate } from './flow-gate.js';
import { HeldWindow } from './held-window.js';
import { Lease } from '../lease/lease.js';
import { Slots } from './slots.js';
import { Sender } from './sender.js';
import { WindowHeartbeat } from './window-heartbeat.js';

const REPORT_TIMEOUT_MS = 2_000;
const REPORT_PAUSE_MS = 500;
/** Together about as long as the workflow waits for a report. */
const REPORT_TRIES = 7;

/** The `deliver` activity: holds a window under a lease until it is sent, stopped, or given to another worker. */
@Injectable()
export class DeliverActivity implements DeliverActivities {
  private readonly windows = new Set<HeldWindow>();
  private readonly reports = new Set<Promise<void>>();
  private stopping = false;
  private measuring?: Promise<void>;

  constructor(
    private readonly clock: EngineClock,
    private readonly slots: Slots,
    private readonly destinations: Destinations,
    private readonly flows: FlowGate,
    private readonly sender: Sender,
    private readonly logger: Logger,
  ) {}

  get windowsHeld(): number {
    return this.windows.size;
  }

  async deliver(window: DeliveryWindow): Promise<WindowEnd> {
    const heartbeat = new WindowHeartbeat();
    const { clock, slots, destinations, flows, sender } = this;
    const recorded = heartbeat.recorded();
    const held = new HeldWindow({ window, recorded, clock, slots, destinations, flows, sender });
    const beat = async () => {
      const { cancelRequested } = await heartbeat.beat(held.attempts);
      if (cancelRequested) held.stop();
    };
    const lease = new Lease(beat, (error) =>
      this.logger.warn({ err: error }, 'A heartbeat was not confirmed'),
    );
    // A worker that was stopped wakes up with an old task in its hands: nothing before the engine has confirmed it.
    await lease.confirm();
    await this.keepClock(heartbeat, lease);

    this.windows.add(held);
    if (this.stopping) held.stop();
    try {
      held.begin(lease);
      await Promise.race([held.whenOver(), lease.keep()]);
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

  /** Tells the workflow of an attempt that outlived its window, until it is told or would count it as lost anyway. */
  private report(attempt: Promise<Attempt>): void {
    const { client, info } = Context.current();
    const handle = client.workflow.getHandle(info.workflowExecution?.workflowId ?? '');
    const tell = async () => {
      const ended = await attempt;
      const signal = () => handle.signal(attemptEnded, ended);
      for (let tries = 1; ; tries++) {
        try {
          return await client.withDeadline(Date.now() + REPORT_TIMEOUT_MS, signal);
        } catch (error) {
          if (tries === REPORT_TRIES || error instanceof WorkflowNotFoundError) throw error;
          await sleep(REPORT_PAUSE_MS);
        }
      }
    };
    const report = tell()
      .catch((error: unknown) =>
        this.logger.warn({ err: error, workflowId: handle.workflowId }, 'Could not report an attempt'),
      )
      .finally(() => this.reports.delete(report));
    this.reports.add(report);
  }

  // Nothing is sent before one attempt to compare the clock; later comparisons hold nothing up.
  private async keepClock(heartbeat: WindowHeartbeat, lease: Lease): Promise<void> {
    if (this.clock.due) this.measuring = this.measureClock(heartbeat, lease);
    if (!this.clock.measured) await this.measuring;
  }

  private async measureClock(heartbeat: WindowHeartbeat, lease: Lease): Promise<void> {
    this.clock.claim();
    try {
      const reading = await heartbeat.readClock(() => lease.confirm());
      if (reading) this.clock.apply(reading);
    } catch (error) {
      this.logger.warn({ err: error }, "Could not read the engine's clock");
    }
  }
}
