export { destination } from './destination.workflow.js';
export { timers } from './timers.workflow.js';
