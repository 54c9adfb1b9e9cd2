import type { ProblemExample } from '../http/api-problem.js';
import { outagesOf } from '../http/outage.problems.js';

export const STATS_PROBLEMS: Record<number, ProblemExample> = {
  400: {
    description: 'A parameter is not as it must be.',
    kind: 'validation',
    title: 'Bad Request',
    detail: 'from must be at most 7 days before to',
    instance: '/stats',
    errors: [{ field: 'from', message: 'must be at most 7 days before to' }],
  },
  ...outagesOf('/stats'),
};
