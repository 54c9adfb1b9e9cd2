import { randomBytes, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { contentWithoutHeaders, openContent, resealBlasts, sealContent } from './blast-content.js';
import type { Database } from './database.js';
import { BrokenSeal, Sealing } from './sealing.js';

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));
const [KEY, NEW_KEY] = [randomBytes(32), randomBytes(32)];
const CONTENT = {
  webhook: { method: 'POST', body: 'hello', headers: { authorization: 'Bearer canary-4c1d', 'x-a': 'b' } },
};

describe('what a blast sends', () => {
  const sealing = new Sealing(KEY);
  const blast = { tenant: 'acme', id: randomUUID() };

  it('has its headers sealed where it is stored, and is what it was when it is opened', () => {
    const content = sealContent(sealing, blast, CONTENT);
    expect(JSON.stringify(content)).not.toMatch(/canary|authorization/);
    expect(content).toMatchObject({ webhook: { method: 'POST', body: 'hello' } });
    expect(openContent(sealing, { ...blast, content })).toEqual(CONTENT);
  });

  it('does not open in the row of another blast', () => {
    const content = sealContent(sealing, blast, CONTENT);
    const other = { ...blast, id: randomUUID() };
    expect(() => openContent(sealing, { ...other, content })).toThrow(BrokenSeal);
    expect(() => openContent(sealing, { ...blast, tenant: 'other', content })).toThrow(BrokenSeal);
  });

  it('can be told of without its headers, and without what they were sealed to', () => {
    const content = sealContent(sealing, blast, CONTENT);
    expect(contentWithoutHeaders({ content })).toEqual({
      webhook: { method: 'POST', body: 'hello', headers: {} },
    });
  });

  it('is as it was where there are no headers of requests, or they were stored before any were sealed', () => {
    const email = { email: { subject: 'Hello', headers: { 'x-campaign': 'spring' } } };
    expect(sealContent(sealing, blast, email as object)).toEqual(email);
    for (const content of [email, CONTENT])
      expect(openContent(sealing, { ...blast, content })).toEqual(content);
  });
});

describe('blasts of before', () => {
  let postgres: PGlite;
  let database: Pick<Database, 'orm'>;
  const [sealed, plain, mail] = [randomUUID(), randomUUID(), randomUUID()];
  const contentOf = async (id: string) => {
    const { rows } = await postgres.query<{ content: object }>('SELECT content FROM blasts WHERE id = $1', [
      id,
    ]);
    return rows[0]?.content ?? {};
  };

  beforeAll(async () => {
    postgres = await PGlite.create();
    const orm = drizzle({ client: postgres });
    await migrate(orm, { migrationsFolder: MIGRATIONS });
    database = { orm } as unknown as Pick<Database, 'orm'>;
    const stored = sealContent(new Sealing(KEY), { tenant: 'acme', id: sealed }, CONTENT);
    for (const [id, channel, content] of [
      [sealed, 'webhook', stored],
      [plain, 'webhook', CONTENT],
      [mail, 'email', { email: {} }],
    ] as const) {
      await postgres.query(
        `INSERT INTO blasts (id, tenant, name, channel, content, times, retry, parallelism, on_uncertain, status)
         VALUES ($1, 'acme', 'test', $2, $3, '{}', '{}', 32, 'hold', 'draft')`,
        [id, channel, JSON.stringify(content)],
      );
    }
  }, 60_000);
  afterAll(() => postgres.close());

  it('are sealed with the key in use, those that were not sealed as well, and then need no other', async () => {
    expect(await resealBlasts(database, new Sealing(NEW_KEY, KEY))).toEqual({ blasts: 2, resealed: 2 });
    for (const id of [sealed, plain]) {
      const content = await contentOf(id);
      expect(JSON.stringify(content)).not.toContain('canary');
      expect(openContent(new Sealing(NEW_KEY), { tenant: 'acme', id, content })).toEqual(CONTENT);
    }
    expect(await contentOf(mail)).toEqual({ email: {} });
    expect(await resealBlasts(database, new Sealing(NEW_KEY, KEY))).toEqual({ blasts: 2, resealed: 0 });
    await expect(resealBlasts(database, new Sealing(KEY))).rejects.toThrow(BrokenSeal);
  });
});
