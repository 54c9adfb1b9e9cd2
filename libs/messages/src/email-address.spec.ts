import { describe, expect, it } from '@jest/globals';
import { emailAddressProblem, normalizeAddress, senderProblem } from './email-address.js';

describe('an e-mail address', () => {
  it.each(['ada@example.com', 'a.b+c@mail.example.co.uk', 'ÄDA@exämple.com'])('may be %s', (address) => {
    expect(emailAddressProblem(address)).toBeUndefined();
  });

  it.each([
    '',
    'ada',
    'ada@',
    '@example.com',
    'ada@localhost',
    'ada@example.com, eve@example.com',
    'Ada <ada@example.com>',
  ])('is not %j', (text) => {
    expect(emailAddressProblem(text)).toBeDefined();
  });

  it('is at most as long as SMTP takes it', () => {
    expect(emailAddressProblem(`${'a'.repeat(250)}@example.com`)).toContain('254 characters');
  });

  it('is the same in another case', () => {
    expect(normalizeAddress(' Ada@Example.COM ')).toBe('ada@example.com');
  });
});

describe('two writings of one address', () => {
  it.each([
    ['Ada@Example.com ', 'ada@example.com'],
    ['ada@BÜCHER.example', 'ada@xn--bcher-kva.example'],
    ['ädä@bücher.example', 'ädä@xn--bcher-kva.example'],
    ['ada@exam\u00adple.com', 'ada@example.com'],
    ['no address', 'no address'],
  ])('%s and %s are the same', (one, other) => {
    expect(normalizeAddress(one)).toBe(other);
    expect(normalizeAddress(other)).toBe(other);
  });
});

describe('a sender', () => {
  it.each([
    'ada@example.com',
    'Ada <ada@example.com>',
    '"Lovelace, Ada" <ada@example.com>',
    'Ädä <ada@example.com>',
  ])('may be %s', (text) => {
    expect(senderProblem(text)).toBeUndefined();
  });

  it.each([
    'Ada',
    '<ada@example.com>\r\nBcc: eve@example.com',
    'Ada\n <ada@example.com>',
    'Ada <ada@example.com>, eve@example.com',
    'ada@example.com, eve@example.com',
    'Lovelace, Ada <ada@example.com>',
  ])('is not %j', (text) => {
    expect(senderProblem(text)).toBeDefined();
  });

  it('is at most 500 characters', () => {
    expect(senderProblem(`${'a'.repeat(500)} <ada@example.com>`)).toContain('500 characters');
  });
});
