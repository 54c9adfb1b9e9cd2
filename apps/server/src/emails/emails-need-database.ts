import { ProblemException } from '../http/problem.exception.js';

/** 422: templates, and who has opted out, are kept in the database. */
export function emailsNeedDatabase(field: 'template' | 'unsubscribe'): ProblemException {
  const detail = `${field} needs the database, and there is none here: DATABASE_URL is not set.`;
  const errors = [{ field, message: 'needs a database' }];
  return new ProblemException(422, 'emails-need-database', detail, { errors });
}
