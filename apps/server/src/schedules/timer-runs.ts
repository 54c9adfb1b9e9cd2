import { Inject, Injectable } from '@nestjs/common';
import { WorkflowNotFoundError } from '@temporalio/client';
import { withRun } from '#contracts/scheduled-run.js';
import type { ScheduledRun, TimersInput } from '#contracts/timers.js';
import { traceOrigin } from '#observability/tracing.js';
import { TimerChanges } from '#timers/timer-changes.js';
import { TimerReader } from '#timers/timer-reader.js';
import { DestinationCheck } from '../destinations/destination-check.js';
import { flowNeedsDatabase } from '../destinations/flow-needs-database.js';
import { Quotas } from '../tenants/quotas.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { deliveryFields } from '../timers/timer-request.js';
import type { DeliveryWish } from '../timers/timer-request.js';
import { TIMERS_SETTINGS } from '../timers/timers.settings.js';
import type { TimersSettings } from '../timers/timers.settings.js';
import type { EngineSchedule } from './engine-schedule.js';
import { runDto } from './run-dto.js';
import type { ScheduleRunDto } from './schedules.dto.js';

/** Nobody asks for a run: it leads back to the request that set the schedule, but is not part of it. */
const LONG_AGO_MS = 0;

/** Runs that are timers: each the only one of its workflow that a client has set. */
@Injectable()
export class TimerRuns {
  constructor(
    private readonly reader: TimerReader,
    private readonly changes: TimerChanges,
    private readonly destinations: DestinationCheck,
    private readonly quotas: Quotas,
    @Inject(TIMERS_SETTINGS) private readonly settings: TimersSettings,
  ) {}

  /** What each run is started with. Throws a problem if the fields are not as they must be. */
  async input(
    tenant: RequestTenant,
    scheduleId: string,
    fields: DeliveryWish & { url: string },
    run: ScheduledRun,
  ): Promise<TimersInput & { run: ScheduledRun }> {
    const { wheel, keepsFlows } = this.settings;
    if (fields.flow && !keepsFlows) throw flowNeedsDatabase();
    const delivery = deliveryFields(fields, { defaultDelaysMs: wheel.retryDelaysMs });
    const timer = { id: '', dueMs: 0, ...delivery, url: fields.url, scheduleId };
    this.quotas.checkPayload(tenant, timer);
    await this.destinations.checkAll(timer);
    const timers = [{ ...timer, ...traceOrigin(LONG_AGO_MS) }];
    return { tenant: tenant.id, settings: wheel, timers, run };
  }

  /** As the engine has stored it. Undefined if it has not. */
  async find(_schedule: EngineSchedule, workflowId: string): Promise<ScheduleRunDto | undefined> {
    try {
      const view = await this.reader.readStored(workflowId, 0);
      return view ? runDto(view.timer.id, view.timer.dueMs, view.status) : undefined;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      return undefined;
    }
  }

  /** Cancels it if it is still to come: due as that run was started, for the schedule may have changed since. */
  async cancelComing({ tenant }: EngineSchedule, workflowId: string): Promise<void> {
    const input = await this.reader.readStart(workflowId);
    // As late as its jitter allows.
    const timer = input ? withRun(input, workflowId, () => 1).timers[0] : undefined;
    if (timer && timer.dueMs > Date.now()) await this.changes.change(tenant, timer.id, { kind: 'cancel' });
  }
}
