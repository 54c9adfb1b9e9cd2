import type { ProblemExample } from '../http/api-problem.js';
import { outagesOf } from '../http/outage.problems.js';
import { validationProblem } from '../http/validation.problems.js';

export const STATS_PROBLEMS: Record<number, ProblemExample> = {
  400: validationProblem(
    'A parameter is not as it must be.',
    'from',
    'must be at most 7 days before to',
    '/stats',
  ),
  ...outagesOf('/stats'),
};
