import type { Database } from '#database/database.js';
import { FinalError } from '../../jobs/errors.js';
import type { StepTools } from '../../jobs/group-run.js';
import type { ResourceLocks } from './resource-locks.js';
import type { ServiceCalls } from './service-calls.js';

/** What steps use of the world, in a worker. Without a database what needs one throws. */
export function stepTools(calls: ServiceCalls, database?: Database, locks?: ResourceLocks): StepTools {
  return {
    get database() {
      return existing(database).orm;
    },
    call: (request, signal) => calls.call(request, signal),
    withLock: (tenant, resource, fn, signal) => existing(locks).withLock(tenant, resource, fn, signal),
  };
}

function existing<T>(part: T | undefined): T {
  if (part === undefined) throw new FinalError('this needs a database: set DATABASE_URL');
  return part;
}
