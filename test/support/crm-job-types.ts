import { defineJob, Type } from '../../apps/worker/src/jobs/index.js';

/** Its group has a task queue of its own. */
const asking = defineJob({
  name: 'asking',
  input: Type.Object({ url: Type.String() }),
  groups: [
    {
      ...{ name: 'ask', taskQueue: 'crm' },
      steps: [async (context) => void (await context.call({ url: context.input.url }))],
    },
  ],
});

export const jobTypes = [asking];
