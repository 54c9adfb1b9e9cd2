import type { ProblemExample } from '../http/api-problem.js';
import { bodyProblemsOf } from '../http/body.problems.js';
import { outagesOf } from '../http/outage.problems.js';
import { validationProblem } from '../http/validation.problems.js';
import { GET_PROBLEMS } from '../timers/timers.problems.js';

const ID = '7f0c2a4e-6a55-4c0e-9d5c-2f1f8f3a9b10';

const NO_FILTER: ProblemExample = validationProblem(
  'The filter is not as it must be. Nothing was started.',
  'all',
  'must be true where there is no filter',
  '/timers',
);

export const CANCEL_PROBLEMS: Record<number, ProblemExample> = { 400: NO_FILTER, ...outagesOf('/timers') };

export const REDELIVER_PROBLEMS: Record<number, ProblemExample> = {
  400: { ...NO_FILTER, instance: '/timers/redeliver' },
  ...bodyProblemsOf('/timers/redeliver'),
  ...outagesOf('/timers/redeliver'),
};

export const OPERATION_PROBLEMS: Record<number, ProblemExample> = {
  400: { ...(GET_PROBLEMS[400] as ProblemExample), instance: '/operations/abc' },
  404: {
    description: 'There is no such operation.',
    kind: 'not-found',
    title: 'Not Found',
    detail: `There is no operation ${ID}.`,
    instance: `/operations/${ID}`,
  },
  ...outagesOf(`/operations/${ID}`),
};
