import { beforeEach, describe, expect, it } from '@jest/globals';
import { Recent } from './recent.js';

describe('what was read recently', () => {
  let nowMs: number;
  let reads: number;
  let away: boolean;
  let stored: Map<string, string>;
  let recent: Recent<string>;

  beforeEach(() => {
    nowMs = 0;
    reads = 0;
    away = false;
    stored = new Map([['a', 'first']]);
    const read = (key: string) => {
      reads += 1;
      return away ? Promise.reject(new Error('away')) : Promise.resolve(stored.get(key));
    };
    recent = new Recent({ freshMs: 5, staleMs: 100, max: 2 }, read, () => nowMs);
  });

  it('is read once by many who ask at the same time, and not again while it is fresh', async () => {
    expect(await Promise.all([recent.get('a'), recent.get('a')])).toEqual(['first', 'first']);
    nowMs = 4;
    stored.set('a', 'second');
    expect(await recent.get('a')).toBe('first');
    expect(reads).toBe(1);
    nowMs = 5;
    expect(await recent.get('a')).toBe('second');
  });

  it('is gone once it is gone where it comes from', async () => {
    await recent.get('a');
    stored.delete('a');
    nowMs = 5;
    expect(await recent.get('a')).toBeUndefined();
    away = true;
    await expect(recent.get('a')).rejects.toThrow('away');
  });

  it('is not remembered if it was never there, so that it works as soon as it is', async () => {
    expect(await recent.get('b')).toBeUndefined();
    stored.set('b', 'new');
    expect(await recent.get('b')).toBe('new');
  });

  it('goes on through an outage for a while, and is asked for no more often than when fresh', async () => {
    await recent.get('a');
    away = true;
    for (nowMs = 5; nowMs < 100; nowMs++) expect(await recent.get('a')).toBe('first');
    expect(reads).toBeLessThan(25);
    nowMs = 105;
    await expect(recent.get('a')).rejects.toThrow('away');
  });

  it('is right again soon after an outage', async () => {
    await recent.get('a');
    away = true;
    nowMs = 5;
    await recent.get('a');
    away = false;
    stored.set('a', 'second');
    nowMs = 10;
    await recent.get('a');
    expect(await recent.get('a')).toBe('second');
  });

  it('rejects what cannot be read and was not read before', async () => {
    away = true;
    await expect(recent.get('a')).rejects.toThrow('away');
  });

  it('takes no more room than allowed: the oldest goes first', async () => {
    for (const key of ['b', 'c']) stored.set(key, key);
    for (const key of ['a', 'b', 'c']) await recent.get(key);
    away = true;
    expect(await recent.get('b')).toBe('b');
    expect(await recent.get('c')).toBe('c');
    await expect(recent.get('a')).rejects.toThrow('away');
  });
});
