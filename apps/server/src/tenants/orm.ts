import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Database } from '#database/database.js';
import { ProblemException } from '../http/problem.exception.js';

/** What admin routes work on; without a database there are none. */
export function ormOf(database: Database | undefined): NodePgDatabase {
  if (database) return database.orm;
  throw new ProblemException(404, 'not-found', 'There are no admin routes here: DATABASE_URL is not set.');
}
