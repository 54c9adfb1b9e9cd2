import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const FOLDER = join(import.meta.dirname, '../migrations');

// The migrator goes by the journal alone, and skips what is older than the newest that a database has.
describe('the migrations', () => {
  const { entries } = JSON.parse(readFileSync(join(FOLDER, 'meta/_journal.json'), 'utf8')) as {
    entries: { idx: number; tag: string; when: number }[];
  };

  it('are all in the journal, in the order of their numbers', () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.sql'));
    expect(entries.map(({ tag }) => `${tag}.sql`)).toEqual(files.sort());
    expect(entries.map(({ idx }) => idx)).toEqual(entries.map((_entry, index) => index));
    expect(entries.map(({ tag, idx }) => Number(tag.slice(0, 4)) === idx)).not.toContain(false);
  });

  it('are each younger than the one before, or databases that are there would skip it', () => {
    const times = entries.map(({ when }) => when);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  });
});
