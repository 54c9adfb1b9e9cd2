import { Inject, Injectable } from '@nestjs/common';
import { Client, WorkflowNotFoundError } from '@temporalio/client';
import { jobWorkflowId } from '#contracts/job.js';
import type { ScheduledJob } from '#contracts/scheduled-job.js';
import { runId } from '#contracts/scheduled-run.js';
import type { ScheduledRun } from '#contracts/timers.js';
import { JobReader } from '#jobs/job-reader.js';
import { invalid } from '../http/problem.exception.js';
import { requireScope } from '../http/require-scope.js';
import { AlertRecipients } from '../jobs/alert-recipients.js';
import { JobCatalogue } from '../jobs/job-catalogue.js';
import { jobOwner } from '../jobs/job-owner.js';
import { JOBS_SETTINGS } from '../jobs/jobs.settings.js';
import type { JobsSettings } from '../jobs/jobs.settings.js';
import { Quotas } from '../tenants/quotas.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { labelsProblem } from '../timers/labels.js';
import { duration } from '../timers/when.js';
import type { EngineSchedule } from './engine-schedule.js';
import { dueMsOfRun, runDto } from './run-dto.js';
import type { ScheduledJobDto, ScheduleRunDto } from './schedules.dto.js';

const CALL_TIMEOUT_MS = 1_400;
const DAY_MS = 86_400_000;

/** What has become of a run that has no job, by how its workflow stands. */
const STATUS_OF_WORKFLOW: Record<string, ScheduleRunDto['status']> = {
  RUNNING: 'scheduled',
  FAILED: 'failed',
  TIMED_OUT: 'failed',
  CANCELLED: 'canceled',
  TERMINATED: 'canceled',
};

/** Runs that are jobs: each is started by a workflow that the engine starts, and that lasts as long as the job. */
@Injectable()
export class JobRuns {
  constructor(
    private readonly catalogue: JobCatalogue,
    private readonly recipients: AlertRecipients,
    private readonly reader: JobReader,
    private readonly quotas: Quotas,
    @Inject(Client) private readonly client: Client,
    @Inject(JOBS_SETTINGS) private readonly settings: JobsSettings,
  ) {}

  /** What each run is started with. Throws a problem if the fields are not as they must be. */
  async input(
    tenant: RequestTenant,
    scheduleId: string,
    { type, input = {}, scope, kill_after, alerts, labels }: ScheduledJobDto,
    run: ScheduledRun,
  ): Promise<ScheduledJob> {
    requireScope(tenant, 'jobs:write');
    const owner = jobOwner(tenant, scope);
    const message = labels && labelsProblem(labels);
    if (message) throw invalid([{ field: 'job.labels', message }]);
    const killAfterMs = kill_after === undefined ? undefined : this.lifetime(kill_after);
    await this.catalogue.accept(type, input, 'job.');
    this.quotas.checkInput(tenant, input);
    const told = alerts && (await this.recipients.accept(alerts, 'job.alerts.'));
    return { tenant: owner, scheduleId, type, input, killAfterMs, alerts: told, labels, run };
  }

  /** As the engine has stored it. Undefined if it has not. */
  async find(schedule: EngineSchedule, workflowId: string): Promise<ScheduleRunDto | undefined> {
    const dueMs = dueMsOfRun(schedule, workflowId);
    const id = runId(schedule.input.run, dueMs);
    const job = await this.reader.readSummary(jobWorkflowId(schedule.input.tenant, id));
    if (job) return runDto(id, job.startAtMs ?? dueMs, job.status);
    const status = await this.statusWithoutJob(workflowId);
    return status && runDto(id, dueMs, status);
  }

  /** Cancels it if it is still to come. */
  async cancelComing(schedule: EngineSchedule, workflowId: string): Promise<void> {
    const latestMs = dueMsOfRun(schedule, workflowId) + schedule.input.run.jitterMs;
    if (latestMs <= Date.now()) return;
    if ((await this.find(schedule, workflowId))?.status !== 'scheduled') return;
    await this.call(() => this.client.workflow.getHandle(workflowId).cancel()).catch((error: unknown) => {
      // It has just ended.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
  }

  private async statusWithoutJob(workflowId: string): Promise<ScheduleRunDto['status'] | undefined> {
    try {
      const { status } = await this.call(() => this.client.workflow.getHandle(workflowId).describe());
      return STATUS_OF_WORKFLOW[status.name];
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      return undefined;
    }
  }

  private lifetime(kill_after: string): number {
    const ms = duration('job.kill_after', kill_after);
    const { horizonMs } = this.settings;
    if (ms > 0 && ms <= horizonMs) return ms;
    const message = `must be more than PT0S and at most P${horizonMs / DAY_MS}D`;
    throw invalid([{ field: 'job.kill_after', message }]);
  }

  private call<T>(ask: () => Promise<T>): Promise<T> {
    return this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, ask);
  }
}
