export { booking } from './booking.workflow.js';
export { bulkChange } from './bulk-change.workflow.js';
export { destination } from './destination.workflow.js';
export { timers } from './timers.workflow.js';
// The same wheel: what it delivers is its timers' matter.
export { timers as emails } from './timers.workflow.js';
export { job } from './job.workflow.js';
export { jobAlert } from './job-alert.workflow.js';
export { keptChange } from './kept-change.workflow.js';
export { scheduledJob } from './scheduled-job.workflow.js';
export { blast } from './blast.workflow.js';
