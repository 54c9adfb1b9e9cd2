export { bulkChange } from './bulk-change.workflow.js';
export { timers } from './timers.workflow.js';
