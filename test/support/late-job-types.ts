import { defineJob, Type } from '../../apps/worker/src/jobs/index.js';

/** A job type of a build that not every worker has yet. */
export const jobTypes = [
  defineJob({
    ...{ name: 'late', input: Type.Object({}) },
    groups: [{ name: 'only', retry: 'none', steps: [() => undefined] }],
  }),
];
