export { bulkChange } from './bulk-change.workflow.js';
export { destination } from './destination.workflow.js';
export { timers } from './timers.workflow.js';
