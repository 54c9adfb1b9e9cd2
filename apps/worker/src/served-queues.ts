import type { Env } from '#config/env.js';
import type { ServedQueue } from '#temporal/worker-host.js';
import type { BulkActivities } from './activities/bulk/bulk.activities.js';
import type { AlertActivities } from './activities/jobs/alert.activities.js';
import type { PlanJobActivity } from './activities/jobs/plan-job.activity.js';
import type { RunGroupActivity } from './activities/jobs/run-group.activity.js';
import type { SettleGroupActivity } from './activities/jobs/settle-group.activity.js';
import type { DeliverActivity } from './activities/webhook/deliver.activity.js';

/** A task for a worker that was killed goes to another one after this: shorter than the lead, so nobody sees it. */
const STICKY_TIMEOUT_MS = 1_000;
/** A group is stopped so soon after it was called off. */
const GROUP_HEARTBEAT_MS = 1_000;
/** Of a queue with groups only. */
const GROUP_POLLERS = 5;

export function timerActivities(deliver: DeliverActivity, bulk: BulkActivities) {
  return {
    deliver: deliver.deliver.bind(deliver),
    findTimers: bulk.findTimers.bind(bulk),
    changeTimers: bulk.changeTimers.bind(bulk),
  };
}

export function jobActivities(
  groups: RunGroupActivity,
  settling: SettleGroupActivity,
  planning: PlanJobActivity,
  alerts: AlertActivities,
) {
  return {
    runGroup: groups.runGroup.bind(groups),
    settleGroup: settling.settleGroup.bind(settling),
    planJob: planning.planJob.bind(planning),
    findRecipients: alerts.findRecipients.bind(alerts),
    sendAlert: alerts.sendAlert.bind(alerts),
  };
}

/** The queues of timers, and how much of them a worker takes at a time. */
export function timerQueues(
  env: Env,
  identity: string,
  activities: ReturnType<typeof timerActivities>,
): ServedQueue[] {
  const worker = {
    ...{ identity, activities, ...shared(env) },
    // Of 10 pollers, the default, 8 wait for workflows that this worker knows, and only 2 for new ones.
    maxConcurrentWorkflowTaskPolls: env.WORKER_WORKFLOW_POLLERS,
    maxConcurrentActivityTaskPolls: env.WORKER_ACTIVITY_POLLERS,
    maxConcurrentActivityTaskExecutions: env.WORKER_WINDOWS,
  };
  return env.WORKER_TASK_QUEUES.map((taskQueue) => ({ taskQueue, workflows: true, worker }));
}

/** The queues of jobs, and those that single groups name. A group takes a place as long as a try of it runs. */
export function jobQueues(
  env: Env,
  identity: string,
  activities: ReturnType<typeof jobActivities>,
  ofGroups: readonly string[],
): ServedQueue[] {
  const worker = { identity, activities, ...shared(env), maxHeartbeatThrottleInterval: GROUP_HEARTBEAT_MS };
  const groupsAtATime = (count: number) => ({ maxConcurrentActivityTaskExecutions: count });
  const named = Object.entries(env.WORKER_GROUP_TASK_QUEUES);
  const own = named.length > 0 ? named : ofGroups.map((name) => [name, env.WORKER_JOB_GROUPS] as const);
  return [
    ...env.WORKER_JOB_TASK_QUEUES.map((taskQueue) => ({
      ...{ taskQueue, workflows: true },
      worker: {
        ...{ ...worker, ...groupsAtATime(env.WORKER_JOB_GROUPS) },
        maxConcurrentWorkflowTaskPolls: env.WORKER_JOB_POLLERS,
        maxConcurrentActivityTaskPolls: env.WORKER_JOB_POLLERS,
      },
    })),
    ...own.map(([taskQueue, count]) => ({
      ...{ taskQueue, workflows: false },
      worker: {
        ...worker,
        ...groupsAtATime(count),
        maxConcurrentActivityTaskPolls: Math.min(count, GROUP_POLLERS),
      },
    })),
  ];
}

function shared(env: Env) {
  return {
    maxConcurrentWorkflowTaskExecutions: 200,
    maxCachedWorkflows: env.WORKER_CACHED_WORKFLOWS,
    stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT_MS,
    shutdownGraceTime: env.SHUTDOWN_GRACE_SECONDS * 1000,
  };
}
