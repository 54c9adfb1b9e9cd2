import { ApplicationFailure } from '@temporalio/common';
import { Injectable } from '@nestjs/common';
import { FINAL_FAILURE } from '#contracts/job.js';
import type { JobInput } from '#contracts/job.js';
import type { JobRunTask, ScheduledJobActivities } from '#contracts/scheduled-job.js';
import { newJob } from '#jobs/new-job.js';
import type { JobType } from '../../jobs/define-job.js';
import { assertValid, compileSchema, InvalidInput } from '../../jobs/input.js';
import { JobTypes } from '../../jobs/job-types.js';

/** The `planJob` activity: a run of a schedule becomes a job of its type as that is now. */
@Injectable()
export class PlanJobActivity implements ScheduledJobActivities {
  constructor(private readonly types: JobTypes) {}

  planJob({ scheduled, id, dueMs, startAtMs }: JobRunTask): Promise<JobInput> {
    const { tenant, scheduleId, type, input, killAfterMs, alerts, labels } = scheduled;
    const jobType = this.types.get(type);
    checkInput(jobType, input);
    const nowMs = Date.now();
    const beginsMs = Math.max(startAtMs, nowMs);
    const job = newJob(
      jobType.record,
      {
        ...{ id, tenant, input, scheduleId, dueMs, alerts, labels },
        ...(startAtMs > nowMs && { startAtMs }),
        ...(killAfterMs !== undefined && { killAtMs: beginsMs + killAfterMs }),
      },
      nowMs,
    );
    return Promise.resolve(job);
  }
}

// The type may want something else by now than when the schedule was set.
function checkInput({ name, input: schema }: JobType, input: unknown): void {
  try {
    assertValid(compileSchema(schema), input, `input of ${name}`);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw ApplicationFailure.nonRetryable(error.message, FINAL_FAILURE);
  }
}
