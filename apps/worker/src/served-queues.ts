import type { Env } from '#config/env.js';
import type { GroupTask } from '#contracts/job.js';
import { JOB_BURSTS_TASK_QUEUE, JOBS_TASK_QUEUE, MESSAGES_TASK_QUEUE } from '#contracts/task-queues.js';
import { PacedTakeUp } from '#temporal/paced-take-up.js';
import type { ServedQueue } from '#temporal/worker-host.js';
import type { BookingActivities } from './activities/bookings/booking.activities.js';
import type { BlastStateActivities } from './activities/blasts/blast-state.activities.js';
import type { ListRecipientsActivity } from './activities/blasts/list-recipients.activity.js';
import type { SendBatchActivity } from './activities/blasts/send-batch.activity.js';
import type { BulkActivities } from './activities/bulk/bulk.activities.js';
import type { AlertActivities } from './activities/jobs/alert.activities.js';
import type { PlanJobActivity } from './activities/jobs/plan-job.activity.js';
import type { RunGroupActivity } from './activities/jobs/run-group.activity.js';
import type { SettleGroupActivity } from './activities/jobs/settle-group.activity.js';
import type { DeliverActivity } from './activities/webhook/deliver.activity.js';
import { TenantsAtWork } from './jobs/tenants-at-work.js';

/** A task for a worker that was killed goes to another one after this: shorter than the lead, so nobody sees it. */
const STICKY_TIMEOUT_MS = 1_000;
/** A group is stopped so soon after it was called off. */
const GROUP_HEARTBEAT_MS = 1_000;
/** More at a time are not done sooner, as they take nothing but CPU; but who comes next would wait behind all of them. */
const WORKFLOW_TASKS = 4;
/** Beside jobs of other tenants bursts are taken up at a pace that leaves room: docs/decisions/0039-bursts-of-jobs.md. */
const REST_BESIDE_OTHERS = 5;
const MESSAGE_POLLERS = 5;
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

export function messageActivities(
  bookings: BookingActivities,
  state: BlastStateActivities,
  listing: ListRecipientsActivity,
  batches: SendBatchActivity,
) {
  return {
    sendBookingMail: bookings.sendBookingMail.bind(bookings),
    publishBookingEvent: bookings.publishBookingEvent.bind(bookings),
    viewBlast: state.viewBlast.bind(state),
    endBlast: state.endBlast.bind(state),
    listRecipients: listing.listRecipients.bind(listing),
    sendBatch: batches.sendBatch.bind(batches),
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
  const tenants = new TenantsAtWork();
  const restOn = (taskQueue: string) => () =>
    taskQueue === JOB_BURSTS_TASK_QUEUE && tenants.several ? REST_BESIDE_OTHERS : 0;
  const noting = {
    ...activities,
    runGroup: (task: GroupTask) => {
      tenants.note(task.job.tenant);
      return activities.runGroup(task);
    },
  };
  const more = { ...shared(env), maxHeartbeatThrottleInterval: GROUP_HEARTBEAT_MS };
  const worker = { identity, activities: noting, ...more };
  const { maxConcurrentWorkflowTaskExecutions: _, ...paced } = worker;
  const groupsAtATime = (count: number) => ({ maxConcurrentActivityTaskExecutions: count });
  const named = Object.entries(env.WORKER_GROUP_TASK_QUEUES);
  const own = named.length > 0 ? named : ofGroups.map((name) => [name, env.WORKER_JOB_GROUPS] as const);
  return [
    ...withBursts(env.WORKER_JOB_TASK_QUEUES).map((taskQueue) => ({
      ...{ taskQueue, workflows: true },
      worker: {
        ...paced,
        tuner: {
          workflowTaskSlotSupplier: new PacedTakeUp({ tasks: WORKFLOW_TASKS, rest: restOn(taskQueue) }),
          activityTaskSlotSupplier: fixed(env.WORKER_JOB_GROUPS),
          ...{ localActivityTaskSlotSupplier: fixed(1), nexusTaskSlotSupplier: fixed(1) },
        },
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

/** The queue of blasts and bookings. A batch of a blast takes a place as long as it is being sent. */
export function messageQueue(
  env: Env,
  identity: string,
  activities: ReturnType<typeof messageActivities>,
): ServedQueue {
  const worker = {
    ...{ identity, activities, ...shared(env) },
    maxConcurrentWorkflowTaskExecutions: WORKFLOW_TASKS,
    maxConcurrentWorkflowTaskPolls: MESSAGE_POLLERS,
    maxConcurrentActivityTaskPolls: MESSAGE_POLLERS,
    maxHeartbeatThrottleInterval: GROUP_HEARTBEAT_MS,
  };
  return { taskQueue: MESSAGES_TASK_QUEUE, workflows: true, worker };
}

function withBursts(taskQueues: readonly string[]): string[] {
  const served = taskQueues.includes(JOBS_TASK_QUEUE) ? [...taskQueues, JOB_BURSTS_TASK_QUEUE] : taskQueues;
  return [...new Set(served)];
}

function fixed(numSlots: number) {
  return { type: 'fixed-size' as const, numSlots };
}

function shared(env: Env) {
  return {
    maxConcurrentWorkflowTaskExecutions: 200,
    maxCachedWorkflows: env.WORKER_CACHED_WORKFLOWS,
    stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT_MS,
    shutdownGraceTime: env.SHUTDOWN_GRACE_SECONDS * 1000,
  };
}
