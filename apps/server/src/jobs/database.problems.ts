import type { ProblemExample } from '../http/api-problem.js';
import { INTERNAL } from '../http/outage.problems.js';

/** What every route can answer with that has what it knows from the database alone. */
export function databaseProblemsOf(instance: string): Record<number, ProblemExample> {
  return {
    422: {
      description: 'There is no database: `DATABASE_URL` is not set.',
      kind: 'jobs-need-database',
      title: 'Unprocessable Entity',
      detail: 'Jobs need the database, and there is none here: DATABASE_URL is not set.',
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
