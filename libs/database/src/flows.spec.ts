import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { takePlaces } from './flows.js';

describe('places in flows', () => {
  it('are where deliveries are due, as long as these are far enough apart', () => {
    const lines = [{ nextMs: 0, intervalMs: 200 }];
    expect(takePlaces(lines, [1_000, 1_100, 1_900])).toEqual([1_000, 1_200, 1_900]);
    expect(lines[0]?.nextMs).toBe(2_100);
  });

  it('keep every line to its interval, are never before the due time, and leave no room unused', () => {
    const anyLine = fc.record({
      nextMs: fc.nat({ max: 5_000 }),
      intervalMs: fc.integer({ min: 1, max: 900 }),
    });
    const anyDues = fc
      .array(fc.nat({ max: 10_000 }), { maxLength: 50 })
      .map((dues) => dues.sort((a, b) => a - b));
    fc.assert(
      fc.property(fc.array(anyLine, { minLength: 1, maxLength: 3 }), anyDues, (lines, dues) => {
        const before = lines.map((line) => ({ ...line }));
        const places = takePlaces(lines, dues);
        const slowestMs = Math.max(...lines.map(({ intervalMs }) => intervalMs));
        places.forEach((placeMs, index) => {
          const earliest =
            index === 0 ? before.map(({ nextMs }) => nextMs) : [(places[index - 1] ?? 0) + slowestMs];
          expect(placeMs).toBe(Math.max(dues[index] ?? 0, ...earliest));
        });
      }),
    );
  });
});
