import { GLOBAL } from '#contracts/job.js';
import { PENDING, pendingPowers } from '#contracts/pending.js';
import { SCHEDULED_JOB_WORKFLOW, scheduledJobWorkflowId } from '#contracts/scheduled-job.js';
import { TENANT, TIMER_STATUSES } from '#contracts/search-attributes.js';
import { jobQueueOf, taskQueueOf } from '#contracts/task-queues.js';
import { runWorkflowId, timersWorkflowId } from '#contracts/timer-id.js';
import { TIMERS_WORKFLOW } from '#contracts/timers.js';
import { isOfJobs } from './engine-schedule.js';
import type { EngineSchedule, RunInput } from './engine-schedule.js';

/** By tenant; the others share one. */
export interface RunQueues {
  timers: Readonly<Record<string, string>>;
  jobs: Readonly<Record<string, string>>;
}

/** What the engine starts at each run. */
export function runAction(input: RunInput, queues: RunQueues) {
  const { tenant } = input;
  const action = { type: 'startWorkflow' as const, workflowId: idOfRuns(input), args: [input] };
  if (isOfJobs(input)) {
    return {
      ...{ ...action, workflowType: SCHEDULED_JOB_WORKFLOW, taskQueue: jobQueueOf(tenant, queues.jobs) },
      priority: { fairnessKey: tenant ?? GLOBAL },
      typedSearchAttributes: [{ key: TENANT, value: tenant ?? GLOBAL }],
    };
  }
  return {
    ...{ ...action, workflowType: TIMERS_WORKFLOW, taskQueue: taskQueueOf(input.tenant, queues.timers) },
    priority: { fairnessKey: `${tenant}:schedules` },
    typedSearchAttributes: [
      { key: TENANT, value: input.tenant },
      { key: TIMER_STATUSES, value: ['scheduled'] },
      { key: PENDING, value: pendingPowers(1) },
    ],
  };
}

/** The workflow that the engine starts for the run which is due then. */
export function workflowIdOfRun({ input }: EngineSchedule, dueMs: number): string {
  return runWorkflowId(idOfRuns(input), dueMs - input.run.leadSeconds * 1000);
}

function idOfRuns(input: RunInput): string {
  const { groupKey } = input.run;
  return isOfJobs(input)
    ? scheduledJobWorkflowId(input.tenant, groupKey)
    : timersWorkflowId(input.tenant, groupKey);
}
