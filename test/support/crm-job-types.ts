import { defineJob, Type } from '../../apps/worker/src/jobs/index.js';

/** Its group has a task queue of its own. */
const asking = defineJob({
  name: 'asking',
  input: Type.Object({ url: Type.String() }),
  groups: [
    {
      ...{ name: 'ask', taskQueue: 'crm' },
      steps: [async ({ call, input }) => void (await call({ url: input.url }))],
    },
  ],
});

export const jobTypes = [asking];
