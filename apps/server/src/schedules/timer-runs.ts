import { Inject, Injectable } from '@nestjs/common';
import { WorkflowNotFoundError } from '@temporalio/client';
import { runId } from '#contracts/scheduled-run.js';
import type { ScheduledRun, TimersInput } from '#contracts/timers.js';
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
    return { tenant: tenant.id, settings: wheel, timers: [timer], run };
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

  async cancel(schedule: EngineSchedule, dueMs: number): Promise<void> {
    await this.changes.change(schedule.tenant, runId(schedule.input.run, dueMs), { kind: 'cancel' });
  }
}
