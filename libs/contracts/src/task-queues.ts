/** Workflow tasks and activity tasks of every tenant that has no queue of its own. */
export const TIMERS_TASK_QUEUE = 'timers';

/** The task queue that a tenant's workflows are started on; their activities go through the same. */
export function taskQueueOf(tenant: string, ofTenants: Readonly<Record<string, string>>): string {
  return Object.hasOwn(ofTenants, tenant) ? (ofTenants[tenant] as string) : TIMERS_TASK_QUEUE;
}
