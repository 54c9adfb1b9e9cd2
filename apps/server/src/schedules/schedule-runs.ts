import { Injectable } from '@nestjs/common';
import { runId } from '#contracts/scheduled-run.js';
import type { ScheduledRun } from '#contracts/timers.js';
import { formatInstant } from '../http/rfc3339.js';
import { invalid } from '../http/problem.exception.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { DELIVERY_FIELDS } from '../timers/delivery.dto.js';
import { isOfJobs } from './engine-schedule.js';
import type { EngineSchedule, RunInput } from './engine-schedule.js';
import { JobRuns } from './job-runs.js';
import { dueMsOfRun, runDto } from './run-dto.js';
import type { ComingRunDto, ScheduleFieldsDto, ScheduleRunDto } from './schedules.dto.js';
import { TimerRuns } from './timer-runs.js';

/** The runs of schedules, which are timers or jobs. */
@Injectable()
export class ScheduleRuns {
  constructor(
    private readonly timers: TimerRuns,
    private readonly jobs: JobRuns,
  ) {}

  /** What each run is started with. Throws a problem if the fields are not as they must be. */
  async input(
    tenant: RequestTenant,
    scheduleId: string,
    fields: ScheduleFieldsDto,
    run: ScheduledRun,
  ): Promise<RunInput> {
    const { url, job } = fields;
    if (job === undefined && url !== undefined)
      return this.timers.input(tenant, scheduleId, { ...fields, url }, run);
    if (job === undefined || url !== undefined) {
      throw invalid([{ field: 'url, job', message: 'exactly one of them must say what runs are' }]);
    }
    const ofTimers = DELIVERY_FIELDS.filter((field) => fields[field] !== undefined);
    if (ofTimers.length > 0) {
      throw invalid(ofTimers.map((field) => ({ field, message: 'is only possible with a url' })));
    }
    return this.jobs.input(tenant, scheduleId, job, run);
  }

  /** The latest, the latest first, as the engine has stored them. */
  async latest(schedule: EngineSchedule): Promise<ScheduleRunDto[]> {
    const runs = this.of(schedule);
    return Promise.all(
      schedule.latestRuns.toReversed().map(async (workflowId) => {
        const run = await runs.find(schedule, workflowId);
        if (run) return run;
        const dueMs = dueMsOfRun(schedule, workflowId);
        return runDto(runId(schedule.input.run, dueMs), dueMs, 'purged');
      }),
    );
  }

  /** Cancels those of the latest that the engine has started ahead of their time. */
  async cancelComing(schedule: EngineSchedule): Promise<void> {
    const runs = this.of(schedule);
    await Promise.all(schedule.latestRuns.map((workflowId) => runs.cancelComing(schedule, workflowId)));
  }

  private of({ input }: EngineSchedule): TimerRuns | JobRuns {
    return isOfJobs(input) ? this.jobs : this.timers;
  }
}

/** The next, while the schedule is not paused. */
export function comingRuns(schedule: EngineSchedule): ComingRunDto[] {
  if (schedule.paused) return [];
  return schedule.nextStartsMs.map((startMs) => {
    const dueMs = startMs + schedule.input.run.leadSeconds * 1000;
    return { id: runId(schedule.input.run, dueMs), fire_at: formatInstant(dueMs) };
  });
}
