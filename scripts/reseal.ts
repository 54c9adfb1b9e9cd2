import { readAccounts } from '#config/accounts.js';
import { readEnv } from '#config/env.js';
import { resealBlasts } from '#database/blast-content.js';
import { Database } from '#database/database.js';
import { Sealing } from '#database/sealing.js';
import { resealSigningKeys } from '#database/signing-keys.js';

/** Seals every secret in the database with the first key of `SECRETS_KEY`, so that the others are no longer needed for them. */
const { database: settings } = readAccounts(readEnv());
if (!settings) {
  process.stderr.write('DATABASE_URL is not set, so there is nothing that was sealed.\n');
  process.exit(1);
}
const database = new Database(settings.url, () => undefined);
try {
  const sealing = new Sealing(settings.secretsKey, ...settings.olderKeys);
  const { secrets, resealed } = await resealSigningKeys(database, sealing);
  process.stdout.write(`${secrets} signing secrets, ${resealed} of them sealed anew.\n`);
  const webhooks = await resealBlasts(database, sealing);
  process.stdout.write(`${webhooks.blasts} blasts by webhook, ${webhooks.resealed} of them sealed anew.\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await database.close();
}
