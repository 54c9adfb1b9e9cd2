import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { jobWorkflowId, newJobState } from '#contracts/job.js';
import type { JobInput } from '#contracts/job.js';
import { JobList } from '#jobs/job-list.js';
import { JobReader } from '#jobs/job-reader.js';
import type { StoredJob } from '#jobs/job-reader.js';
import { JobStart } from '#jobs/job-start.js';
import { newJob, withinHorizon } from '#jobs/new-job.js';
import { fingerprintOf } from '../http/idempotency-key.js';
import { KeysInFlight } from '../http/keys-in-flight.js';
import { invalid, ProblemException } from '../http/problem.exception.js';
import { hasScope } from '../http/require-scope.js';
import { Quotas } from '../tenants/quotas.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { labelsProblem } from '../timers/labels.js';
import { AlertRecipients } from './alert-recipients.js';
import { jobAnswer, listedAnswer } from './job-answer.js';
import { JobCatalogue } from './job-catalogue.js';
import { jobOwner } from './job-owner.js';
import { checkWarning, jobTimes } from './job-times.js';
import type { JobDto, JobPageDto } from './job.dto.js';
import type { CreateJobDto } from './jobs.dto.js';
import type { ListJobsQuery } from './list-jobs.dto.js';
import { JOBS_SETTINGS } from './jobs.settings.js';
import type { JobsSettings } from './jobs.settings.js';
import { KeyedJobs } from './keyed-jobs.js';

const START_TIMEOUT_MS = 2_500;
const LIST_TIMEOUT_MS = 2_500;

export interface CreatedJob {
  job: JobDto;
  /** It had been started before, by the same request with the same key. */
  replayed: boolean;
}

/** Starts and finds jobs. What is done to one that is there is `JobChangesService`. */
@Injectable()
export class JobsService {
  private readonly inFlight = new KeysInFlight();

  constructor(
    private readonly catalogue: JobCatalogue,
    private readonly jobs: JobStart,
    private readonly keyedJobs: KeyedJobs,
    private readonly reader: JobReader,
    private readonly jobList: JobList,
    private readonly recipients: AlertRecipients,
    private readonly quotas: Quotas,
    @Inject(JOBS_SETTINGS) private readonly settings: JobsSettings,
  ) {}

  /** Starts a job. With a key it is started once, however often the same is asked for. */
  async create(tenant: RequestTenant, body: CreateJobDto, key?: string): Promise<CreatedJob> {
    const nowMs = Date.now();
    // First, so that nobody is answered by an earlier one that is not theirs to start.
    const owner = jobOwner(tenant, body.scope);
    if (key === undefined) {
      const input = { ...(await this.accept(tenant, owner, body, nowMs)), id: randomUUID() };
      await this.jobs.start(input, { deadlineMs: Date.now() + START_TIMEOUT_MS });
      return { job: newAnswer(input), replayed: false };
    }
    const keyed = { tenant: tenant.id, route: 'POST /jobs', key, fingerprint: fingerprintOf(body) };
    return this.inFlight.alone(keyed, async () => {
      // First of all: what was in order when it first came may not be any more, such as its kill_at.
      const found = await this.keyedJobs.find(keyed, nowMs);
      const stored =
        found ?? (await this.keyedJobs.start(keyed, await this.accept(tenant, owner, body, nowMs), nowMs));
      return { job: newAnswer(stored.input), replayed: stored.replayed };
    });
  }

  async get(tenant: RequestTenant, id: string): Promise<JobDto> {
    return jobAnswer(await this.find(tenant, id));
  }

  async list(tenant: RequestTenant, query: ListJobsQuery): Promise<JobPageDto> {
    const { status, type, parent, label, scope, limit, cursor } = query;
    const owner = jobOwner(tenant, scope);
    const labels = label?.map((each) => splitLabel(each));
    const filter = { statuses: status, type, parent, labels };
    const page = await this.jobList.page(owner, filter, { limit, cursor }, Date.now() + LIST_TIMEOUT_MS);
    return { data: page.jobs.map((job) => listedAnswer(job)), next_cursor: page.cursor ?? null };
  }

  /** The tenant's job, or a global one where it may see them. Throws 404 if there is none. */
  async find(tenant: RequestTenant, id: string): Promise<StoredJob> {
    const own = await this.reader.read(jobWorkflowId(tenant.id, id));
    const job =
      own ?? (hasScope(tenant, 'jobs:global') ? await this.reader.read(jobWorkflowId(null, id)) : null);
    if (!job) throw new ProblemException(404, 'not-found', `There is no job ${id}.`);
    return job;
  }

  private async accept(
    tenant: RequestTenant,
    owner: string | null,
    body: CreateJobDto,
    nowMs: number,
  ): Promise<Omit<JobInput, 'id'>> {
    const { type, input = {}, labels, alerts } = body;
    const message = labels && labelsProblem(labels);
    if (message) throw invalid([{ field: 'labels', message }]);
    const times = jobTimes(body, { nowMs, horizonMs: this.settings.horizonMs });
    const record = withinHorizon(await this.catalogue.accept(type, input), this.settings.horizonMs);
    checkWarning(times, { killAfterMs: record.killAfterMs, nowMs });
    this.quotas.checkInput(tenant, input);
    const recipients = alerts && (await this.recipients.accept(alerts));
    // Global ones are the doing of a tenant too.
    this.quotas.admitJobs(tenant, 1);
    return newJob(record, { id: '', tenant: owner, input, labels, alerts: recipients, ...times }, nowMs);
  }
}

/** A job that was just started: the same answer whenever the request is repeated. */
function newAnswer(input: JobInput): JobDto {
  const state = newJobState(input.plan.groups, (input.startAtMs ?? 0) > input.createdMs);
  return jobAnswer({ input, state });
}

function splitLabel(label: string): [name: string, value: string] {
  const colon = label.indexOf(':');
  return [label.slice(0, colon), label.slice(colon + 1)];
}
