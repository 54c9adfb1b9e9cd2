import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseEnv } from '#config/env.js';
import { secretsKeyIn } from './secrets-key.js';

describe('the key for secrets of an installation on one machine', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'timekeeper-secrets-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is made once, is what SECRETS_KEY may be, and is for its owner only', () => {
    const dataDir = join(folder, 'data');
    const key = secretsKeyIn(dataDir);
    expect(secretsKeyIn(dataDir)).toBe(key);
    expect(parseEnv({ SECRETS_KEY: key }).SECRETS_KEY.map(({ length }) => length)).toEqual([32]);
    expect(statSync(join(dataDir, 'secrets.key')).mode & 0o777).toBe(0o600);
    expect(secretsKeyIn(join(folder, 'other'))).not.toBe(key);
  });
});
