import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { databaseError } from '#database/unavailable.js';

/** The engine refuses what it is asked, not that it is asked now. */
const GRPC_INVALID_ARGUMENT = 3;
/** Of SQLSTATE: a value that cannot be stored; more than PostgreSQL takes. */
const REFUSALS = ['22', '54'];

/** Whether engine or database will refuse the same however often they are asked. */
export function isRefusal(error: unknown): boolean {
  const cause = error instanceof ServiceError ? error.cause : databaseError(error);
  if (isGrpcServiceError(cause)) return Number(cause.code) === GRPC_INVALID_ARGUMENT;
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === 'string' && code.length === 5 && REFUSALS.includes(code.slice(0, 2));
}
