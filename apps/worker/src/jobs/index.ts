/** All that a job type is written with. */
export { defineJob } from './define-job.js';
export { defineResult } from './define-result.js';
export { FinalError, RetryAfterError } from './errors.js';
export type { InputOf } from './input.js';
export type { StepContext } from './step-context.js';
export { Type } from '@sinclair/typebox';
