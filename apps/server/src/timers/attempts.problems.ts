import type { ProblemExample } from '../http/api-problem.js';
import { outagesOf } from '../http/outage.problems.js';
import { GET_PROBLEMS } from './timers.problems.js';

const ID = '01a202b2-ec10-8000-a3f1-5c0d9e7b1a24';
const INSTANCE = `/timers/${ID}/attempts`;
const { 500: fault, 503: outage } = outagesOf(INSTANCE);

export const ATTEMPTS_PROBLEMS: Record<number, ProblemExample> = {
  400: { ...(GET_PROBLEMS[400] as ProblemExample), instance: '/timers/abc/attempts' },
  404: {
    description: 'There is no such timer, or its record is no longer kept.',
    kind: 'not-found',
    title: 'Not Found',
    detail: `There is no timer ${ID}.`,
    instance: INSTANCE,
  },
  500: fault as ProblemExample,
  503: {
    ...(outage as ProblemExample),
    description: 'No worker answers, or the engine does not. Try again after `Retry-After`.',
    kind: 'no-worker',
    detail: 'No worker answers, and only workers can tell the attempts. Try again.',
  },
};
