import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import type { Database } from './database.js';
import { Suppressions } from './suppressions.js';

const TABLES = new URL('../migrations/0004_messages.sql', import.meta.url);

describe('An address whose owner opts out', () => {
  let postgres: PGlite;
  let suppressions: Suppressions;

  beforeAll(async () => {
    postgres = await PGlite.create();
    await postgres.exec(readFileSync(TABLES, 'utf8'));
    suppressions = new Suppressions({ orm: drizzle({ client: postgres }) } as unknown as Database);
  });
  beforeEach(() => postgres.exec('TRUNCATE suppressions'));
  afterAll(() => postgres.close());

  const address = 'ada@example.com';
  const reasonAfter = async (reason?: 'bounced' | 'complained' | 'manual') => {
    if (reason)
      await postgres.query('INSERT INTO suppressions (tenant, address, reason) VALUES ($1, $2, $3)', [
        ...['acme', address, reason],
      ]);
    await suppressions.optOut('acme', address, 'by a link');
    await suppressions.optOut('acme', address, 'by a link');
    return (await suppressions.find('acme', address))?.reason;
  };

  it('is on the list for that, of its tenant alone', async () => {
    await expect(reasonAfter()).resolves.toBe('opted-out');
    await expect(suppressions.find('other', address)).resolves.toBeUndefined();
  });

  it('is not lost with a bounce, which somebody may take off the list one day', async () => {
    await expect(reasonAfter('bounced')).resolves.toBe('opted-out');
  });

  it('is not lost with a bounce either where it comes by import, in whatever order', async () => {
    const row = (reason: 'bounced' | 'opted-out' | 'complained') => ({
      ...{ tenant: 'acme', address, reason, detail: null },
    });
    await suppressions.addAll([row('bounced'), row('complained'), row('opted-out')]);
    expect((await suppressions.find('acme', address))?.reason).toBe('complained');
    await postgres.exec(`UPDATE suppressions SET reason = 'bounced'`);
    await suppressions.add(row('opted-out'));
    await suppressions.add(row('bounced'));
    expect((await suppressions.find('acme', address))?.reason).toBe('opted-out');
  });

  it.each(['complained', 'manual'] as const)('stays on it as %s', async (reason) => {
    await expect(reasonAfter(reason)).resolves.toBe(reason);
  });
});
