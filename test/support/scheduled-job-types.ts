import { defineJob, Type } from '../../apps/worker/src/jobs/index.js';

/** Of the worker that has these types: another one has another version of them. */
const VERSION = Number(process.env.TEST_TYPE_VERSION ?? 1);

const Input = Type.Object({ url: Type.String(), since: Type.Optional(Type.Number()) });
const InputOfTwo = Type.Object({ url: Type.String(), since: Type.Number() });

/** Tells a url of itself, and ends when it is answered. */
const report = defineJob({
  name: 'report',
  input: VERSION === 1 ? Input : InputOfTwo,
  groups: [
    {
      name: 'tell',
      retry: { maxAttempts: 2, initialDelayMs: 100 },
      steps: [
        async (context) => {
          const { job, input, dueAt } = context;
          await context.call({
            url: input.url,
            body: { id: job.id, due_at: dueAt?.toISOString(), version: VERSION },
          });
        },
      ],
    },
    ...(VERSION === 1 ? [] : [{ name: 'rest', steps: [() => undefined] }]),
  ],
});

export const jobTypes = [report];
