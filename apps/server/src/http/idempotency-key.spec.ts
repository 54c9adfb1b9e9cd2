import { describe, expect, it } from '@jest/globals';
import { fingerprintOf, parseIdempotencyKey } from './idempotency-key.js';

describe('an Idempotency-Key', () => {
  it('may be left out', () => {
    expect(parseIdempotencyKey(undefined)).toBeUndefined();
  });

  it.each([
    ['bare', 'order-4711', 'order-4711'],
    ['quoted', '"order-4711"', 'order-4711'],
    ['quoted with quotes in it', '"a\\"b\\\\c"', 'a"b\\c'],
    ['one character', '!', '!'],
    ['as long as allowed', 'x'.repeat(255), 'x'.repeat(255)],
  ])('is read: %s', (_what, header, key) => {
    expect(parseIdempotencyKey(header)).toBe(key);
  });

  it.each([
    ['empty', ''],
    ['empty in quotes', '""'],
    ['with a space', 'a b'],
    ['with a space in quotes', '"a b"'],
    ['with a quote that is not closed', '"a'],
    ['with a quote that is closed too early', '"a"b"'],
    ['too long', 'x'.repeat(256)],
    ['no ASCII', 'schlüssel'],
    ['two of them', ['a', 'b']],
  ])('is refused: %s', (_what, header) => {
    expect(() => parseIdempotencyKey(header)).toThrow(
      'Idempotency-Key must be 1 to 255 visible ASCII characters',
    );
  });
});

describe('the fingerprint of a body', () => {
  it('does not depend on the order of properties, at any depth', () => {
    expect(fingerprintOf({ a: 1, b: { c: [{ d: 1, e: 2 }], f: 3 } })).toBe(
      fingerprintOf({ b: { f: 3, c: [{ e: 2, d: 1 }] }, a: 1 }),
    );
  });

  it.each([
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { a: '1' }],
    [{ a: [1, 2] }, { a: [2, 1] }],
    [{ a: null }, {}],
    [[], {}],
  ])('tells %j from %j', (one, other) => {
    expect(fingerprintOf(one)).not.toBe(fingerprintOf(other));
  });
});
