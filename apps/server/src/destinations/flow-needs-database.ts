import { ProblemException } from '../http/problem.exception.js';

/** 422: a limit across all workers can only be kept where they meet. */
export function flowNeedsDatabase(): ProblemException {
  const detail = 'flow is kept in the database, and there is none here: DATABASE_URL is not set.';
  const errors = [{ field: 'flow', message: 'needs a database' }];
  return new ProblemException(422, 'flow-needs-database', detail, { errors });
}
