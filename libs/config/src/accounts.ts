import { InvalidEnvironment } from './env.js';
import type { Env } from './env.js';

export interface AccountsDatabase {
  url: string;
  secretsKey: Uint8Array;
  /** What was sealed with these can still be opened. */
  olderKeys: Uint8Array[];
}

/** What has to do with tenants and their keys. */
export interface Accounts {
  /** Undefined: there is none. */
  database?: AccountsDatabase;
  /** Whether requests need an API key. */
  apiKeys: boolean;
  /** Undefined: there are no admin routes. */
  adminToken?: string;
}

/** Throws `InvalidEnvironment` where one variable needs another that is not set. */
export function readAccounts({ DATABASE_URL, SECRETS_KEY, API_KEYS, ADMIN_TOKEN }: Env): Accounts {
  const apiKeys = API_KEYS === 'on';
  const [secretsKey, ...olderKeys] = SECRETS_KEY;
  const problems: string[] = [];
  if (DATABASE_URL && !secretsKey) {
    problems.push('DATABASE_URL is set, so SECRETS_KEY must be, as from: openssl rand -base64 32');
  }
  if (apiKeys && !DATABASE_URL)
    problems.push('API_KEYS is "on", so DATABASE_URL must be set: keys are kept there');
  if (apiKeys && !ADMIN_TOKEN) {
    problems.push(
      'API_KEYS is "on", so ADMIN_TOKEN must be set: nobody could make keys, as from: openssl rand -hex 32',
    );
  }
  if (problems.length > 0) throw new InvalidEnvironment(problems.join('\n'));
  return {
    apiKeys,
    ...(DATABASE_URL && secretsKey && { database: { url: DATABASE_URL, secretsKey, olderKeys } }),
    ...(ADMIN_TOKEN && { adminToken: ADMIN_TOKEN }),
  };
}
