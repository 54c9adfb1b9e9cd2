import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { readAccounts } from './accounts.js';
import { parseEnv } from './env.js';

const SECRETS_KEY = randomBytes(32).toString('base64');
const ADMIN_TOKEN = 'x'.repeat(24);
const DATABASE_URL = 'postgres://timekeeper:canary@localhost/timekeeper';
const ALL = { DATABASE_URL, SECRETS_KEY, ADMIN_TOKEN, API_KEYS: 'on' };

const accounts = (source: Record<string, string>) => readAccounts(parseEnv(source));

describe('the variables for tenants', () => {
  it('ask for nothing as long as none is set', () => {
    expect(accounts({})).toEqual({ apiKeys: false });
  });

  it('are handed on when they fit together', () => {
    expect(accounts(ALL)).toEqual({
      apiKeys: true,
      adminToken: ADMIN_TOKEN,
      database: { url: DATABASE_URL, secretsKey: Buffer.from(SECRETS_KEY, 'base64'), olderKeys: [] },
    });
  });

  it('may have keys of before, behind the one in use', () => {
    const keys = [randomBytes(32), randomBytes(32), randomBytes(32)];
    const text = keys.map((key) => key.toString('base64')).join(', ');
    const [secretsKey, ...olderKeys] = keys;
    expect(accounts({ ...ALL, SECRETS_KEY: text }).database).toMatchObject({ secretsKey, olderKeys });
  });

  it.each([
    ['a database without a key for secrets', { ...ALL, SECRETS_KEY: '' }, /SECRETS_KEY must be/],
    ['keys without a database', { ...ALL, DATABASE_URL: '' }, /DATABASE_URL must be set/],
    ['keys without a token to make them', { ...ALL, ADMIN_TOKEN: '' }, /ADMIN_TOKEN must be set/],
  ])('refuse %s', (_what, source, message) => {
    expect(() => accounts(source)).toThrow(message);
  });

  it.each([
    ['SECRETS_KEY', randomBytes(31).toString('base64'), '32 random bytes in base64'],
    ['SECRETS_KEY', 'not base64 at all, canary', '32 random bytes in base64'],
    ['SECRETS_KEY', `${SECRETS_KEY},${SECRETS_KEY}`, '32 random bytes in base64'],
    ['SECRETS_KEY', `${SECRETS_KEY},`, '32 random bytes in base64'],
    ['ADMIN_TOKEN', 'canary-too-short', 'at least 24 printable characters'],
    ['ADMIN_TOKEN', 'canary with spaces that is long', 'at least 24 printable characters'],
    ['DATABASE_URL', 'mysql://root:canary@localhost/x', 'a url such as postgres://'],
    ['DATABASE_URL', 'postgres://root:canary@localhost', 'a url such as postgres://'],
  ])('refuse a wrong %s without showing it: %s', (name, value, allowed) => {
    const refusal = (): unknown => {
      try {
        return accounts({ ...ALL, [name]: value });
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(refusal()).toContain(`${name} is not as it must be, allowed is empty, or ${allowed}`);
    expect(refusal()).not.toContain(value);
  });
});
