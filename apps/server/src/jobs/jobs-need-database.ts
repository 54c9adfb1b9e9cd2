import { ProblemException } from '../http/problem.exception.js';

/** 422: job types and results are kept in the database. */
export function jobsNeedDatabase(): ProblemException {
  const detail = 'Jobs need the database, and there is none here: DATABASE_URL is not set.';
  return new ProblemException(422, 'jobs-need-database', detail);
}
