import { upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { JOB_SUMMARY, summaryOf } from '#contracts/job.js';
import type { JobInput, JobState, JobStatus } from '#contracts/job.js';
import { JOB_STATUS } from '#contracts/search-attributes.js';

/** A job of many short groups is not published at each of them. */
const PAUSE_MS = 1_000;

/** Keeps what is read and searched of a job without a worker as the job is. */
export class JobPublication {
  private status: JobStatus;
  private group: number;
  private publishedMs = 0;

  constructor(
    private readonly input: JobInput,
    private readonly state: JobState,
  ) {
    const { status, group } = summaryOf(input, state);
    this.status = status;
    this.group = group;
  }

  /** `now`: even if that was published a moment ago. */
  update(now = false): void {
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
