import type { ProblemExample } from '../http/api-problem.js';
import { validationProblem } from '../http/validation.problems.js';
import { databaseProblemsOf } from '../jobs/database.problems.js';
import { LIST_NAME, RESULT_NAME } from './result-name.pipe.js';

const RESULT = '/results/coupon-campaign:spring';
const LIST = `${RESULT}/lists/failures`;

const UNKNOWN: ProblemExample = {
  description: 'Nothing was added to such a result, or it was deleted.',
  kind: 'not-found',
  title: 'Not Found',
  detail: 'There is no result coupon-campaign:spring.',
  instance: RESULT,
};

export const REMOVE_PROBLEMS: Record<number, ProblemExample> = {
  400: wrong('name', RESULT_NAME, '/results/a%20b'),
  ...databaseProblemsOf(RESULT),
};

export const GET_PROBLEMS: Record<number, ProblemExample> = { ...REMOVE_PROBLEMS, 404: UNKNOWN };

export const LIST_PROBLEMS: Record<number, ProblemExample> = {
  400: {
    ...wrong('list', LIST_NAME, `${RESULT}/lists/a%20b`),
    description: 'A name or a parameter is not as it must be.',
  },
  404: { ...UNKNOWN, instance: LIST },
  ...databaseProblemsOf(LIST),
};

function wrong(field: string, form: string, instance: string): ProblemExample {
  return validationProblem('This is no name of a result.', field, `must match ${form}, got "a b"`, instance);
}
