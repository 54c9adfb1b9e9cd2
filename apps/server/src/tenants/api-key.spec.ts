import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { formatApiKey, hashSecret, isSecret, newApiKey, parseApiKey } from './api-key.js';

describe('an API key', () => {
  it('is a text with a prefix to search for, an id and a secret, and can be read again', () => {
    for (let count = 0; count < 100; count++) {
      const key = newApiKey();
      const text = formatApiKey(key);
      expect(text).toMatch(/^tk_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
      expect(parseApiKey(text)).toEqual(key);
    }
  });

  it('is told from one with a typing error without asking anybody', () => {
    const text = formatApiKey(newApiKey());
    for (let at = 0; at < text.length; at++) {
      const wrong = text[at] === 'a' ? 'b' : 'a';
      expect(parseApiKey(text.slice(0, at) + wrong + text.slice(at + 1))).toBeUndefined();
    }
  });

  it('has one spelling only', () => {
    const text = formatApiKey(newApiKey());
    for (const other of [
      '',
      `${text} `,
      ` ${text}`,
      `${text}a`,
      text.slice(0, -1),
      text.replace('tk', 'TK'),
    ]) {
      expect(parseApiKey(other)).toBeUndefined();
    }
  });

  it('is stored as something that is worth nothing without the pepper', () => {
    const peppers = [randomBytes(32)];
    const { secret } = newApiKey();
    const hash = hashSecret(peppers, secret);
    expect(isSecret(peppers, secret, hash)).toBe(true);
    expect(isSecret([randomBytes(32)], secret, hash)).toBe(false);
    expect(isSecret(peppers, newApiKey().secret, hash)).toBe(false);
  });

  it('is known by the pepper of before as well, and stored by the one in use', () => {
    const [before, now] = [randomBytes(32), randomBytes(32)];
    const { secret } = newApiKey();
    expect(isSecret([now, before], secret, hashSecret([before], secret))).toBe(true);
    expect(isSecret([before], secret, hashSecret([now, before], secret))).toBe(false);
  });
});
