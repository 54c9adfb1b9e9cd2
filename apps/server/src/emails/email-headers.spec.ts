import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { emailHeadersProblem } from './email-headers.js';

describe('headers of an e-mail', () => {
  it.each([
    ['none', {}],
    ['some of a client', { 'X-Order': '4711', 'In-Reply-To': '<a@example.com>', Precedence: 'bulk' }],
    ['text beyond ASCII, which is encoded', { 'X-Who': 'Ädä 🚀' }],
    ['a list of its own', { 'List-Unsubscribe': '<https://example.com/out>' }],
  ])('may be %s', (_what, headers) => {
    expect(emailHeadersProblem(headers)).toBeUndefined();
  });

  it.each(
    [
      'From',
      'to',
      'CC',
      'bcc',
      'Sender',
      'Subject',
      'Date',
      'Message-ID',
      'DKIM-Signature',
      'Received',
    ].concat([
      'Reply-To',
      'MIME-Version',
      'Content-Type',
      'content-transfer-encoding',
      'Resent-To',
      'Return-Path',
    ]),
  )('must not be %s', (name) => {
    expect(emailHeadersProblem({ [name]: 'x' })).toContain('must not have');
  });

  it('are not beside what unsubscribe sets', () => {
    const headers = { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };
    expect(emailHeadersProblem(headers, { unsubscribe: true })).toContain('where unsubscribe is true');
  });

  it('never begin another header or end them all, whatever name and value are', () => {
    const nasty = fc.string({
      unit: fc.constantFrom('a', ':', ' ', '\r', '\n', '\0', '\u2028', '\u0085', 'ö', '-'),
    });
    fc.assert(
      fc.property(nasty, nasty, (name, value) => {
        if (emailHeadersProblem({ [name]: value }) !== undefined) return;
        expect(`${name}: ${value}`).toMatch(/^[\w-]+: [^\r\n\0\u0085\u2028]*$/);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are few and small', () => {
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`x-${i}`, '']));
    expect(emailHeadersProblem(many)).toBe('must be at most 32, are 33');
    expect(emailHeadersProblem({ 'x-a': 'ö'.repeat(5_000) })).toContain('8192 bytes');
    expect(emailHeadersProblem({ 'x-a': 'b', 'X-A': 'c' })).toContain('twice');
    expect(emailHeadersProblem({ 'x-a': 7 })).toContain('texts as values');
  });
});
