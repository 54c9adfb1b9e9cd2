import { upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { JOB_SUMMARY, summaryOf } from '#contracts/job.js';
import type { JobInput, JobState, JobStatus } from '#contracts/job.js';
import { JOB_STATUS } from '#contracts/search-attributes.js';
import { isContinued, StatusCounts } from './status-counts.js';

/** A job of many short groups is not published at each of them. */
const PAUSE_MS = 1_000;
const JOBS = { name: 'timekeeper_jobs', help: 'Jobs that came to have the status' };
const GROUPS = { name: 'timekeeper_job_groups', help: 'Groups of steps that came to have the status' };

/** Keeps what is read and searched of a job without a worker as the job is. */
export class JobPublication {
  private status: JobStatus;
  private group: number;
  private publishedMs = 0;
  private readonly jobs: StatusCounts;
  private readonly groups: StatusCounts;

  constructor(
    private readonly input: JobInput,
    private readonly state: JobState,
  ) {
    const { status, group } = summaryOf(input, state);
    this.status = status;
    this.group = group;
    this.jobs = new StatusCounts(JOBS, isContinued() ? [state.status] : []);
    this.groups = new StatusCounts(GROUPS, isContinued() ? this.groupStatuses : []);
  }

  private get groupStatuses(): string[] {
    return this.state.groups.map(({ status }) => status);
  }

  /** `now`: even if that was published a moment ago. */
  update(now = false): void {
    this.jobs.update([this.state.status]);
    this.groups.update(this.groupStatuses);
    const summary = summaryOf(this.input, this.state);
    const { status, group } = summary;
    const isOther = status !== this.status;
    const isDue = now || Date.now() - this.publishedMs >= PAUSE_MS;
    if (!isOther && (group === this.group || !isDue)) return;
    upsertMemo({ [JOB_SUMMARY]: summary });
    if (isOther) upsertSearchAttributes([{ key: JOB_STATUS, value: status }]);
    this.status = status;
    this.group = group;
    this.publishedMs = Date.now();
  }
}
