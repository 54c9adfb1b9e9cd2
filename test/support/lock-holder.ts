import { setTimeout as sleep } from 'node:timers/promises';
import { Database } from '#database/database.js';
import { Locks } from '#database/locks.js';
import { ResourceLocks } from '../../apps/worker/src/activities/jobs/resource-locks.js';

/** A process that locks something, says its fencing token, and holds the lock until it is lost or the process is ended. */
const [url = '', tenant = '', resource = ''] = process.argv.slice(2);
const database = new Database(url, () => undefined);
const never = new AbortController().signal;
const locks = new ResourceLocks(new Locks(database));
try {
  await locks.withLock(
    tenant,
    resource,
    async ({ fencingToken, signal }) => {
      process.send?.(fencingToken);
      await sleep(600_000, undefined, { signal });
    },
    never,
  );
} catch {
  process.exitCode = 3;
}
await database.close();
process.disconnect?.();
