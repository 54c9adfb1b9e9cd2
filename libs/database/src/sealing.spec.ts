import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { BrokenSeal, deriveKey, Sealing } from './sealing.js';

describe('sealing', () => {
  const secretsKey = randomBytes(32);
  const sealing = new Sealing(secretsKey);
  const secret = Buffer.from('canary-7d1f');

  it('gives back what was sealed, of any length', () => {
    for (const each of [Buffer.alloc(0), secret, randomBytes(100_000)]) {
      expect(sealing.open(sealing.seal(each, 'acme'), 'acme').equals(each)).toBe(true);
    }
  });

  it('shows nothing of the secret, and never seals it the same way twice', () => {
    const [first, second] = [sealing.seal(secret, 'acme'), sealing.seal(secret, 'acme')];
    expect(first.includes(secret)).toBe(false);
    expect(first.equals(second)).toBe(false);
  });

  it('does not open in another context or with another key', () => {
    const sealed = sealing.seal(secret, 'acme');
    expect(() => sealing.open(sealed, 'other')).toThrow(BrokenSeal);
    expect(() => new Sealing(randomBytes(32)).open(sealed, 'acme')).toThrow(BrokenSeal);
  });

  it('does not open with any bit changed, cut short or empty', () => {
    const sealed = sealing.seal(secret, 'acme');
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => sealing.open(changed, 'acme')).toThrow(BrokenSeal);
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => sealing.open(sealed.subarray(0, length), 'acme')).toThrow(BrokenSeal);
    }
  });

  it('opens what was sealed with a key of before, and seals it anew with the one in use', () => {
    const sealed = sealing.seal(secret, 'acme');
    const newKey = randomBytes(32);
    const rotated = new Sealing(newKey, secretsKey);
    expect(rotated.open(sealed, 'acme').equals(secret)).toBe(true);
    const resealed = rotated.reseal(sealed, 'acme') as Buffer;
    expect(new Sealing(newKey).open(resealed, 'acme').equals(secret)).toBe(true);
    expect(() => sealing.open(resealed, 'acme')).toThrow(BrokenSeal);
    expect(rotated.reseal(resealed, 'acme')).toBeUndefined();
    expect(() => rotated.reseal(sealed, 'other')).toThrow(BrokenSeal);
  });

  it('uses a key of its own for each purpose', () => {
    expect(deriveKey(secretsKey, 'a').equals(deriveKey(secretsKey, 'b'))).toBe(false);
    expect(deriveKey(secretsKey, 'a').equals(deriveKey(secretsKey, 'a'))).toBe(true);
  });
});
