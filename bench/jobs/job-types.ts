import { defineJob, Type } from '../../apps/worker/src/jobs/index.js';
import type { StepContext } from '../../apps/worker/src/jobs/index.js';

const NOTHING = () => undefined;

/** One group with one step, which does nothing: what is measured is the framework. */
const oneGroup = defineJob({
  name: 'bench-one-group',
  input: Type.Object({}),
  groups: [{ name: 'only', steps: [NOTHING] }],
});

const ofGroups = (count: number) =>
  defineJob({
    name: `bench-${count}-groups`,
    input: Type.Object({}),
    groups: Array.from({ length: count }, (_, index) => ({ name: `group-${index}`, steps: [NOTHING] })),
  });

/** In ten groups, because what one leaves behind has a limit. */
const children = defineJob({
  name: 'bench-children',
  input: Type.Object({ count: Type.Integer() }),
  groups: Array.from({ length: 10 }, (_, group) => ({
    name: `enqueue-${group}`,
    steps: [
      (ctx: StepContext<{ count: number }, undefined>) => {
        for (let index = 0; index < ctx.input.count / 10; index++) ctx.enqueue(oneGroup, {});
      },
    ],
  })),
});

/** Holds a place for a while, as a step that waits for a service does. */
const slow = defineJob({
  name: 'bench-slow',
  input: Type.Object({ ms: Type.Integer() }),
  groups: [
    {
      name: 'wait',
      steps: [(ctx) => new Promise<void>((resolve) => setTimeout(resolve, ctx.input.ms))],
    },
  ],
});

export const jobTypes = [oneGroup, ofGroups(100), ofGroups(1_000), children, slow];
