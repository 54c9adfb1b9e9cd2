import { GLOBAL } from '#contracts/job.js';
import { DEFAULT_TENANT } from '#contracts/timers.js';
import type { Database } from '#database/database.js';
import type { Sealing } from '#database/sealing.js';
import { readSigningKeys } from '#database/signing-keys.js';
import { SigningSecret } from '#signing/signing-secret.js';
import type { LoadSecrets } from './signing-keys.js';

/** Signing secrets as they are in the database. Without a database there are none, and nothing is signed. */
export function storedSecrets(database?: Database, sealing?: Sealing): LoadSecrets {
  if (!database || !sealing) return () => Promise.resolve([]);
  return async (tenant) => {
    // What belongs to nobody has no secrets of its own.
    const keys = await readSigningKeys(database, sealing, tenant === GLOBAL ? DEFAULT_TENANT : tenant);
    return keys.map(({ host, endpoint, kind, key, retiresAt }) => ({
      ...{ host, endpoint },
      secret: SigningSecret.fromBytes(kind, key),
      retiresMs: retiresAt?.getTime() ?? null,
    }));
  };
}
