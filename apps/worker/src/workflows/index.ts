export { timers } from './timers.workflow.js';
