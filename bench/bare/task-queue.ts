export const BARE_TASK_QUEUE = 'bare';
export const BARE_WORKFLOW = 'bareTimer';
export const BARE_STEP_WORKFLOW = 'bareStep';
