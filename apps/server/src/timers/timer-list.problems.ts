import type { ProblemExample } from '../http/api-problem.js';
import { outagesOf } from '../http/outage.problems.js';
import { validationProblem } from '../http/validation.problems.js';

export const LIST_PROBLEMS: Record<number, ProblemExample> = {
  400: validationProblem(
    'A parameter is not as it must be, or the cursor is not one of this list.',
    'limit',
    'must be a whole number from 1 to 100, got "1000"',
    '/timers',
  ),
  ...outagesOf('/timers'),
};
