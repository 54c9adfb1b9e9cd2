import type { ProblemExample } from '../http/api-problem.js';
import { outagesOf } from '../http/outage.problems.js';

export const LIST_PROBLEMS: Record<number, ProblemExample> = {
  400: {
    description: 'A parameter is not as it must be, or the cursor is not one of this list.',
    kind: 'validation',
    title: 'Bad Request',
    detail: 'limit must be a whole number from 1 to 100, got "1000"',
    instance: '/timers',
    errors: [{ field: 'limit', message: 'must be a whole number from 1 to 100, got "1000"' }],
  },
  ...outagesOf('/timers'),
};
