import {
  executeChild,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import { FINAL_FAILURE, JOB_WORKFLOW } from '#contracts/job.js';
import type { JobInput, JobState } from '#contracts/job.js';
import type { JobAlertInput } from '#contracts/job-alert.js';
import { jobOptions } from '#contracts/job-options.js';
import type { JobRunTask, ScheduledJob, ScheduledJobActivities } from '#contracts/scheduled-job.js';
import { runId } from '#contracts/scheduled-run.js';
import { runDueMs } from '#contracts/timer-id.js';
import { startAlert } from './alert-start.js';

/** A run whose type no worker knows is given up after so long. */
const GIVE_UP_MS = 3_600_000;

const { planJob } = proxyActivities<ScheduledJobActivities>({
  startToCloseTimeout: 10_000,
  scheduleToCloseTimeout: GIVE_UP_MS,
  retry: { maximumInterval: 30_000, nonRetryableErrorTypes: [FINAL_FAILURE] },
});

/** One run of a schedule of jobs: lasts until its job has ended. */
export async function scheduledJob(scheduled: ScheduledJob): Promise<void> {
  const { run } = scheduled;
  const { workflowId, startTime } = workflowInfo();
  const dueMs = runDueMs(workflowId, run.leadSeconds) ?? startTime.getTime();
  const startAtMs = dueMs + Math.floor(run.jitterMs * Math.random());
  const task: JobRunTask = { scheduled, id: runId(run, dueMs), dueMs, startAtMs };
  await runJob(await planned(task));
}

async function planned(task: JobRunTask): Promise<JobInput> {
  try {
    return await planJob(task);
  } catch (error) {
    if (!isCancellation(error)) await tellOfFailure(task, error);
    throw error;
  }
}

async function runJob(input: JobInput): Promise<void> {
  try {
    await executeChild<(given: JobInput) => Promise<JobState>>(JOB_WORKFLOW, {
      ...jobOptions(input),
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
  } catch (error) {
    // A backfill of a time that has had its run.
    if ((error as Error).name !== 'WorkflowExecutionAlreadyStartedError') throw error;
  }
}

// There is no job that could tell of it.
async function tellOfFailure({ scheduled, id, startAtMs }: JobRunTask, error: unknown): Promise<void> {
  const { tenant, type, labels, alerts = {} } = scheduled;
  const { message } = ((error as Error).cause ?? error) as Error;
  const input: JobAlertInput = {
    recipients: [alerts],
    alert: {
      ...{ kind: 'failed', atMs: Date.now(), done: [], dropped: [], error: message },
      job: { id, tenant, type, killAtMs: startAtMs, labels },
    },
  };
  await startAlert(`alert:${workflowInfo().workflowId}`, input);
}
