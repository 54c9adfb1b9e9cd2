/** Workflow tasks and activity tasks of every tenant that has no queue of its own. */
export const TIMERS_TASK_QUEUE = 'timers';

/** The task queue that a tenant's workflows are started on; their activities go through the same. */
export function taskQueueOf(tenant: string, ofTenants: Readonly<Record<string, string>>): string {
  return Object.hasOwn(ofTenants, tenant) ? (ofTenants[tenant] as string) : TIMERS_TASK_QUEUE;
}

/** Workflow tasks and groups of every job that has no queue of its own. */
export const JOBS_TASK_QUEUE = 'jobs';

/** Those that a tenant has started more of than usual. The workers of the one above serve it too. */
export const JOB_BURSTS_TASK_QUEUE = 'jobs-bursts';

/** Blasts and bookings: their workflows and their activities. */
export const MESSAGES_TASK_QUEUE = 'messages';

/** Those that every installation has. */
export const OWN_TASK_QUEUES: readonly string[] = [
  ...[TIMERS_TASK_QUEUE, JOBS_TASK_QUEUE, JOB_BURSTS_TASK_QUEUE, MESSAGES_TASK_QUEUE],
];

/** What settings call the work of nobody in particular. No tenant may be called so. */
export const GLOBAL_NAME = 'global';

/** The task queue of a tenant's jobs, or of global ones. */
export function jobQueueOf(tenant: string | null, ofTenants: Readonly<Record<string, string>>): string {
  const name = tenant ?? GLOBAL_NAME;
  return Object.hasOwn(ofTenants, name) ? (ofTenants[name] as string) : JOBS_TASK_QUEUE;
}
