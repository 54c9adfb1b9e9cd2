import { defineJob, Type } from '../../apps/worker/src/jobs/index.js';

const Input = Type.Object({ secret: Type.String() });

/** Job types that developers have made mistakes in. */
export const jobTypes = [
  defineJob({
    ...{ name: 'throwing', input: Input },
    groups: [
      {
        ...{ name: 'only', retry: 'none' as const },
        steps: [
          () => {
            throw new TypeError('a mistake in a step');
          },
        ],
      },
    ],
  }),
  defineJob({
    ...{ name: 'crashing', input: Input },
    groups: [
      {
        ...{ name: 'only', retry: 'none' as const },
        steps: [
          () => {
            void Promise.reject(new RangeError('a mistake that nobody awaits'));
          },
        ],
      },
    ],
  }),
];
