import type { ProblemExample } from './api-problem.js';

/** What a route answers with where a field of the request is wrong. */
export function validationProblem(
  description: string,
  field: string,
  message: string,
  instance: string,
): ProblemExample {
  return {
    ...{ description, kind: 'validation', title: 'Bad Request', detail: `${field} ${message}` },
    ...{ instance, errors: [{ field, message }] },
  };
}
