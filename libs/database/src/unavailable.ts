import { DrizzleQueryError } from 'drizzle-orm/errors';

/** Of SQLSTATE: no connection, out of resources, stopped by an operator. */
const PASSING_CLASSES = new Set(['08', '53', '57']);
const SQLSTATE = /^[0-9A-Z]{5}$/;
/** What `pg` says when it has no connection; it gives these no code. */
const NO_CONNECTION = /^(timeout exceeded when trying to connect|Query read timeout|Connection terminated)/i;

/** What went wrong in the database, without the values that the query carried. */
export function databaseError(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? (error.cause ?? new Error('a query failed')) : error;
}

/** Whether a query failed because the database is away or overloaded: it may well succeed later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const cause = (databaseError(error) ?? {}) as Partial<NodeJS.ErrnoException & AggregateError>;
  const { message = '', code, syscall, errors } = cause;
  if (NO_CONNECTION.test(message)) return true;
  if (code !== undefined && SQLSTATE.test(code)) return PASSING_CLASSES.has(code.slice(0, 2));
  // Of the network: several errors where a name has several addresses.
  return syscall !== undefined || (code !== undefined && errors !== undefined);
}
