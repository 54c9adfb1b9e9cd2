import { describe, expect, it } from '@jest/globals';
import { Bursts } from './bursts.js';

/** So many jobs of the tenant, one each so many milliseconds; how many of them are part of a burst. */
function start(
  bursts: Bursts,
  tenant: string | null,
  count: number,
  { everyMs = 0, fromMs = 0 } = {},
): number {
  return Array.from({ length: count }, (_, job) => bursts.add(tenant, fromMs + job * everyMs)).filter(Boolean)
    .length;
}

describe('a burst of jobs', () => {
  it('is all that a tenant starts beyond 30 at once', () => {
    const bursts = new Bursts();
    expect(start(bursts, 'acme', 30)).toBe(0);
    expect(start(bursts, 'acme', 10)).toBe(10);
  });

  it('is none where ten are started each second, however long', () => {
    expect(start(new Bursts(), 'acme', 10_000, { everyMs: 100 })).toBe(0);
  });

  it('lasts as long as what was started would take at ten a second', () => {
    const bursts = new Bursts();
    start(bursts, 'acme', 1_000);
    expect(bursts.add('acme', 96_000)).toBe(true);
    expect(bursts.add('acme', 98_000)).toBe(false);
  });

  it('is of one tenant, or of global work, and changes nothing for the others', () => {
    const bursts = new Bursts();
    start(bursts, 'acme', 1_000);
    expect([bursts.add('other'), bursts.add(null)]).toEqual([false, false]);
    start(bursts, null, 1_000);
    expect([bursts.add('other'), bursts.add(null)]).toEqual([false, true]);
  });
});
