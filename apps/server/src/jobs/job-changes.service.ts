import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import {
  Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { decideGroup, isOver, jobWorkflowId } from '#contracts/job.js';
import type { Decision, JobInput, JobState } from '#contracts/job.js';
import { JobReader } from '#jobs/job-reader.js';
import type { StoredJob } from '#jobs/job-reader.js';
import { JobStart } from '#jobs/job-start.js';
import { ProblemException } from '../http/problem.exception.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { jobAnswer } from './job-answer.js';
import { JobCatalogue } from './job-catalogue.js';
import { killTime } from './job-times.js';
import type { JobDto } from './job.dto.js';
import type { RetryJobDto } from './jobs.dto.js';
import { JobsService } from './jobs.service.js';
import { JOBS_SETTINGS } from './jobs.settings.js';
import type { JobsSettings } from './jobs.settings.js';

const CALL_TIMEOUT_MS = 2_500;
const ENDING_POLL_MS = 100;
const DAY_MS = 86_400_000;

/** What clients do to jobs that are there. */
@Injectable()
export class JobChangesService {
  constructor(
    @Inject(Client) private readonly client: Client,
    private readonly jobs: JobsService,
    private readonly starts: JobStart,
    private readonly reader: JobReader,
    private readonly catalogue: JobCatalogue,
    @Inject(JOBS_SETTINGS) private readonly settings: JobsSettings,
  ) {}

  /** Has the job stopped; false if it had been before. */
  async cancel(tenant: RequestTenant, id: string): Promise<{ job: JobDto; isOver: boolean }> {
    const found = await this.jobs.find(tenant, id);
    if (!isOver(found.state.status)) {
      await this.call(() => this.handle(found).cancel()).catch((error: unknown) => {
        // It has just ended by itself.
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      });
    }
    const now = await this.jobs.find(tenant, id);
    const { status } = now.state;
    if (isOver(status) && status !== 'canceled') throw wrongStatus(now, 'can not be canceled');
    return { job: jobAnswer(now), isOver: isOver(status) };
  }

  /** Goes on with a job that has failed or was killed, from the group on that did not end well. */
  async retry(tenant: RequestTenant, id: string, { kill_at }: RetryJobDto): Promise<JobDto> {
    const found = await this.jobs.find(tenant, id);
    const { input, state } = found;
    if (state.status !== 'failed' && state.status !== 'killed')
      throw wrongStatus(found, 'can not be retried');
    const nowMs = Date.now();
    const { startAtMs: _, ...again } = input;
    const bounds = { nowMs, horizonMs: this.settings.horizonMs };
    const killAtMs =
      kill_at === undefined ? await this.nextKill(input, nowMs) : killTime(kill_at, nowMs, bounds);
    const retried = { ...again, killAtMs, state: restarted(state) };
    // Somebody else was faster, and that retry has ended already: what was read is not how the job stands now.
    if (!(await this.reader.isLatest(jobWorkflowId(input.tenant, id), found.runId))) {
      throw wrongStatus(await this.jobs.find(tenant, id), 'has just been retried');
    }
    if (!(await this.startAfter(found, retried, nowMs + CALL_TIMEOUT_MS)))
      throw wrongStatus(await this.jobs.find(tenant, id), 'can not be retried');
    // Where two have asked at once, it goes on as the first of them said.
    const begun = (await this.reader.readStart(jobWorkflowId(input.tenant, id))) ?? retried;
    return jobAnswer({ input: begun, state: begun.state ?? retried.state });
  }

  /** What a person says of a group that nobody knows how far it came. */
  async decide(tenant: RequestTenant, id: string, index: number, decision: Decision): Promise<JobDto> {
    const found = await this.jobs.find(tenant, id);
    const group = found.input.plan.groups[index];
    if (!group) throw new ProblemException(404, 'not-found', `Job ${id} has no group ${index}.`);
    if (found.state.groups[index]?.status !== 'uncertain' || isOver(found.state.status)) {
      throw notUncertain(found, group.name);
    }
    const decided = await this.call(() =>
      this.handle(found).executeUpdate(decideGroup, { args: [{ index, decision }] }),
    ).catch((error: unknown) => {
      if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
      const detail =
        'No worker is running that could decide it. Ask again: it may have been decided meanwhile.';
      throw new ProblemException(503, 'no-worker', detail, { headers: { 'retry-after': '5' } });
    });
    const now = await this.jobs.find(tenant, id);
    if (!decided) throw notUncertain(now, group.name);
    return jobAnswer(now);
  }

  /** False if another retry was faster, and has not ended. */
  private async startAfter({ runId }: StoredJob, retried: JobInput, deadlineMs: number): Promise<boolean> {
    for (;;) {
      try {
        await this.starts.start(retried, { deadlineMs, after: runId });
        return true;
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      // Its last run has told how it ended, and tells those concerned before it ends itself.
      const isEnding = await this.reader.isLatest(jobWorkflowId(retried.tenant, retried.id), runId);
      if (!isEnding || Date.now() > deadlineMs - ENDING_POLL_MS) return false;
      await sleep(ENDING_POLL_MS);
    }
  }

  private async nextKill({ plan, killAtMs }: JobInput, nowMs: number): Promise<number> {
    if (killAtMs > nowMs) return killAtMs;
    const type = await this.catalogue.find(plan.type);
    return nowMs + Math.min(type?.killAfterMs ?? DAY_MS, this.settings.horizonMs);
  }

  private handle({ input }: StoredJob) {
    return this.client.workflow.getHandle(jobWorkflowId(input.tenant, input.id));
  }

  private call<T>(ask: () => Promise<T>): Promise<T> {
    return this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, ask);
  }
}

/** What has not ended well begins anew; what a person has not decided yet stays to be decided. */
function restarted({ endedMs: _, warned: __, ...state }: JobState): JobState {
  const groups = state.groups.map((group) =>
    group.status === 'failed' || group.status === 'dropped'
      ? { status: 'waiting' as const, tries: 0 }
      : group,
  );
  const status = groups.some((group) => group.status === 'uncertain') ? 'uncertain' : 'running';
  return { ...state, groups, status };
}

function wrongStatus({ input, state }: StoredJob, what: string): ProblemException {
  const detail = `Job ${input.id} is ${state.status} and ${what}.`;
  return new ProblemException(409, 'job-status', detail, { job_status: state.status });
}

function notUncertain({ input, state }: StoredJob, group: string): ProblemException {
  const detail = `Group ${group} of job ${input.id} is not uncertain, so there is nothing to decide.`;
  return new ProblemException(409, 'job-status', detail, { job_status: state.status });
}
