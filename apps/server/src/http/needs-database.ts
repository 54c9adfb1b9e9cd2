import type { ProblemExample } from './api-problem.js';
import { INTERNAL } from './outage.problems.js';
import { ProblemException } from './problem.exception.js';

/** 422: `what`, such as `Templates`, are kept in the database, and there is none. */
export function needsDatabase(what: string): ProblemException {
  const detail = `${what} need the database, and there is none here: DATABASE_URL is not set.`;
  return new ProblemException(422, 'needs-database', detail);
}

/** What every route can answer with that keeps `what` in the database. */
export function storageProblemsOf(what: string, instance: string): Record<422 | 500 | 503, ProblemExample> {
  return {
    422: {
      description: 'There is no database: `DATABASE_URL` is not set.',
      kind: 'needs-database',
      title: 'Unprocessable Entity',
      detail: `${what} need the database, and there is none here: DATABASE_URL is not set.`,
      instance,
    },
    500: { ...INTERNAL, instance },
    503: {
      description: 'The database does not answer. Try again after `Retry-After`.',
      kind: 'database-unavailable',
      title: 'Service Unavailable',
      detail: 'The database does not answer. Try again.',
      instance,
      headers: { 'retry-after': { description: 'Seconds to wait', schema: { type: 'integer' } } },
    },
  };
}
