import { defineJob, RetryAfterError, Type } from '../../apps/worker/src/jobs/index.js';

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

/** Its service has it come back later than any test waits. */
const comingBack = defineJob({
  name: 'coming-back',
  input: Type.Object({ url: Type.String() }),
  groups: [
    {
      ...{ name: 'ask', taskQueue: 'crm' },
      steps: [
        async (context) => {
          await context.call({ url: context.input.url });
          throw new RetryAfterError('the service is busy', 3_600_000);
        },
      ],
    },
  ],
});

export const jobTypes = [asking, comingBack];
