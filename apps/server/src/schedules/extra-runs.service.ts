import { Injectable } from '@nestjs/common';
import { jobWorkflowId } from '#contracts/job.js';
import { runId } from '#contracts/scheduled-run.js';
import { FIRST_DUE_MS } from '#contracts/timer-id.js';
import { invalid } from '../http/problem.exception.js';
import { Quotas } from '../tenants/quotas.js';
import { requireScope } from '../http/require-scope.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { instant } from '../timers/when.js';
import { isOfJobs } from './engine-schedule.js';
import type { EngineSchedule } from './engine-schedule.js';
import { EngineSchedules } from './engine-schedules.js';
import { workflowIdOfRun } from './run-action.js';
import { runDto } from './run-dto.js';
import type { BackfillDto, BackfillStartedDto, ScheduleRunDto } from './schedules.dto.js';

const SECOND_MS = 1000;

/** The engine counts no further. */
const MAX_BACKFILL = 1000;

/** So many seconds are looked at for one that has no run yet. */
const MAX_SECONDS_TAKEN = 10;

const STARTED_TIMEOUT_MS = 2_000;
const STARTED_POLL_MS = 50;

/** Runs that a client asks for beside those that are due. */
@Injectable()
export class ExtraRunsService {
  constructor(
    private readonly engine: EngineSchedules,
    private readonly quotas: Quotas,
  ) {}

  /** Has a run that is due at the next whole second: by their seconds the engine tells runs apart. */
  async trigger(tenant: RequestTenant, id: string): Promise<ScheduleRunDto> {
    const key = { tenant: tenant.id, id };
    const schedule = await this.engine.find(key);
    await this.admit(tenant, schedule, 1);
    const leadMs = schedule.input.run.leadSeconds * SECOND_MS;
    const dueMs = await this.freeSecond(schedule, leadMs);
    await this.engine.trigger(key, dueMs - leadMs);
    await this.started(schedule, dueMs);
    return runDto(runId(schedule.input.run, dueMs), dueMs, 'scheduled');
  }

  /** Makes up for runs that would have been due in a time that has passed. */
  async backfill(
    tenant: RequestTenant,
    id: string,
    { from, to, overlap = 'allow_all' }: BackfillDto,
  ): Promise<BackfillStartedDto> {
    const key = { tenant: tenant.id, id };
    const fromMs = instant('from', from);
    const toMs = instant('to', to);
    if (fromMs < FIRST_DUE_MS) throw refused('from', 'must not be before 2026-01-01T00:00:00Z');
    if (toMs <= fromMs) throw refused('to', 'must be after from');
    if (toMs > Date.now()) throw refused('to', 'must have passed');
    const schedule = await this.engine.find(key);
    const { run } = schedule.input;
    const [start, end] = [fromMs, toMs].map((ms) => new Date(ms - run.leadSeconds * SECOND_MS)) as [
      Date,
      Date,
    ];
    const runs = await this.engine.countStarts(key, start, end);
    if (runs >= MAX_BACKFILL)
      throw refused('to', `must be closer to from: at most ${MAX_BACKFILL - 1} runs at once`);
    if (runs === 0) return { runs };
    await this.admit(tenant, schedule, runs);
    await this.engine.backfill(key, start, end, overlap);
    return { runs };
  }

  private async freeSecond(schedule: EngineSchedule, leadMs: number): Promise<number> {
    const soonestMs = Math.ceil(Date.now() / SECOND_MS) * SECOND_MS;
    for (let dueMs = soonestMs; dueMs < soonestMs + MAX_SECONDS_TAKEN * SECOND_MS; dueMs += SECOND_MS) {
      if (schedule.nextStartsMs.includes(dueMs - leadMs)) continue;
      if (!(await this.engine.isWorkflow(schedule, workflowIdOfRun(schedule, dueMs)))) return dueMs;
    }
    // There is a run each second: one of them is the one.
    return soonestMs;
  }

  // So that the client can ask for its timer or job. A run that takes longer to start comes all the same.
  private async started(schedule: EngineSchedule, dueMs: number): Promise<void> {
    const { input } = schedule;
    const workflowId = isOfJobs(input)
      ? jobWorkflowId(input.tenant, runId(schedule.input.run, dueMs))
      : workflowIdOfRun(schedule, dueMs);
    for (const giveUpMs = Date.now() + STARTED_TIMEOUT_MS; Date.now() < giveUpMs;) {
      if (await this.engine.isWorkflow(schedule, workflowId)) return;
      await new Promise((resolve) => setTimeout(resolve, STARTED_POLL_MS));
    }
  }

  // Quotas are for timers.
  private async admit(tenant: RequestTenant, { input }: EngineSchedule, runs: number): Promise<void> {
    if (!isOfJobs(input)) return this.quotas.admit(tenant, runs);
    requireScope(tenant, 'jobs:write');
    if (input.tenant === null) requireScope(tenant, 'jobs:global');
    this.quotas.admitJobs(tenant, runs);
  }
}

function refused(field: string, message: string) {
  return invalid([{ field, message }]);
}
