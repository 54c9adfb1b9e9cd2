/** Workflow tasks and activity tasks of timers. */
export const TIMERS_TASK_QUEUE = 'timers';
