import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import type { Database } from './database.js';
import { Templates } from './templates.js';

const TABLES = ['0004_messages', '0006_template_requests'];
const parts = (text: string) => ({ subject: null, text, html: null });

describe('stored templates', () => {
  let postgres: PGlite;
  let templates: Templates;

  beforeAll(async () => {
    postgres = await PGlite.create();
    for (const name of TABLES)
      await postgres.exec(readFileSync(new URL(`../migrations/${name}.sql`, import.meta.url), 'utf8'));
    templates = new Templates({ orm: drizzle({ client: postgres }) } as unknown as Database);
  });
  beforeEach(() => postgres.exec('TRUNCATE templates'));
  afterAll(() => postgres.close());

  it('keep every version as it was', async () => {
    await templates.create('acme', 'hello', parts('one'));
    await templates.replace('acme', 'hello', parts('two'));
    await expect(templates.find('acme', 'hello')).resolves.toMatchObject({ version: 2, text: 'two' });
    await expect(templates.find('acme', 'hello', 1)).resolves.toMatchObject({ version: 1, text: 'one' });
    await expect(templates.find('acme', 'hello', 3)).resolves.toBeUndefined();
    const numbers = async (before?: number) =>
      (await templates.versions('acme', 'hello', { before, limit: 9 })).map(({ version }) => version);
    await expect(numbers()).resolves.toEqual([2, 1]);
    await expect(numbers(2)).resolves.toEqual([1]);
  });

  it('have no new version where nothing is new', async () => {
    await templates.create('acme', 'hello', parts('one'));
    await expect(templates.replace('acme', 'hello', parts('one'))).resolves.toMatchObject({ version: 1 });
  });

  it('are not made twice, nor changed before they are made', async () => {
    await expect(templates.replace('acme', 'hello', parts('one'))).resolves.toBeUndefined();
    await expect(templates.create('acme', 'hello', parts('one'))).resolves.toMatchObject({
      ...{ replayed: false, template: { version: 1 } },
    });
    await expect(templates.create('acme', 'hello', parts('two'))).resolves.toBe('exists');
  });

  it('are created once by the same request, and the key stands for no other', async () => {
    const request = { key: 'k', fingerprint: 'one', since: new Date(Date.now() - 60_000) };
    const create = (name: string, fingerprint = 'one') =>
      templates.create('acme', name, parts('one'), { ...request, fingerprint });
    const [first, second] = await Promise.all([create('hello'), create('hello')]);
    expect([first, second]).toMatchObject([{ replayed: false }, { replayed: true }]);
    await expect(create('other', 'two')).resolves.toBe('key-reused');
    const later = { ...request, fingerprint: 'two', since: new Date(Date.now() + 60_000) };
    await expect(templates.create('acme', 'other', parts('two'), later)).resolves.toMatchObject({
      replayed: false,
    });
  });

  it('are gone when deleted, and no later version has the number of one that was', async () => {
    await templates.create('acme', 'hello', parts('one'));
    await templates.replace('acme', 'hello', parts('two'));
    await expect(templates.remove('acme', 'hello')).resolves.toBe(true);
    await expect(templates.remove('acme', 'hello')).resolves.toBe(false);
    for (const version of [undefined, 1, 2])
      await expect(templates.find('acme', 'hello', version)).resolves.toBeUndefined();
    await expect(templates.list('acme', { limit: 9 })).resolves.toEqual([]);
    await expect(templates.create('acme', 'hello', parts('three'))).resolves.toMatchObject({
      template: { version: 3 },
    });
    await expect(templates.find('acme', 'hello', 1)).resolves.toBeUndefined();
  });

  it('are listed by name, each in its newest version, and belong to one tenant', async () => {
    for (const name of ['b', 'a', 'c']) await templates.create('acme', name, parts(name));
    await templates.replace('acme', 'b', parts('new'));
    await templates.create('other', 'd', parts('theirs'));
    const list = async (after?: string) =>
      (await templates.list('acme', { after, limit: 2 })).map(({ name, text }) => [name, text]);
    await expect(list()).resolves.toEqual([
      ['a', 'a'],
      ['b', 'new'],
    ]);
    await expect(list('b')).resolves.toEqual([['c', 'c']]);
    await expect(templates.find('acme', 'd')).resolves.toBeUndefined();
  });
});
