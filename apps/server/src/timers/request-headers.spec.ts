import { describe, expect, it } from '@jest/globals';
import { headersProblem } from './request-headers.js';

describe('headers of a request', () => {
  it.each([
    ['none', {}],
    ['a token of the client', { Authorization: 'Bearer abc', 'X-Request-Id': '1' }],
    ['a name of every allowed character', { "!#$%&'*+-.^_`|~0aZ": '' }],
    ['letters of ISO 8859-1 and a tab', { 'x-name': 'Gr\u00fc\u00dfe\taus K\u00f6ln' }],
    ['a user agent and a content type', { 'user-agent': 'shop/1', 'content-type': 'text/plain' }],
    ['names that only begin like refused ones', { hosted: 'a', 'x-forward': 'b', webhook: 'c', proxy: 'd' }],
    ['as many as allowed', Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`x-${i}`, 'a']))],
    ['as large as allowed', { 'x-a': 'a'.repeat(8 * 1024 - 3) }],
  ])('can be sent: %s', (_what, headers) => {
    expect(headersProblem(headers)).toBeUndefined();
  });

  it.each([
    ...['host', 'Host', 'content-length', 'transfer-encoding', 'connection', 'keep-alive', 'te', 'trailer'],
    ...['upgrade', 'expect', 'proxy-authorization', 'Proxy-Connection', 'webhook-id', 'webhook-signature'],
    ...['forwarded', 'x-forwarded-for', 'X-Forwarded-Host', 'x-real-ip', 'cookie', 'accept-encoding'],
    ...['http2-settings'],
  ])("that are not the client's to set are refused: %s", (name) => {
    expect(headersProblem({ [name]: 'a' })).toBe(
      `must not have ${name.toLowerCase()}, which is not the client's to set`,
    );
  });

  it.each([
    ['an empty name', { '': 'a' }, /names as in RFC 9110, has ""/],
    ['a name with a space', { 'x a': 'a' }, /names as in RFC 9110/],
    ['a name with a colon', { 'x:': 'a' }, /names as in RFC 9110/],
    ['a name with a line break', { 'x\r\ny': 'a' }, /names as in RFC 9110/],
    ['a name that is no ASCII', { 'x-ü': 'a' }, /names as in RFC 9110/],
    ['a value with a line break', { 'x-a': 'a\r\nhost: b' }, /without line breaks/],
    ['a value with a null character', { 'x-a': 'a\u0000' }, /without line breaks/],
    ['a value out of ISO 8859-1', { 'x-a': '€' }, /within ISO 8859-1/],
    ['a value that is a number', { 'x-a': 1 }, /texts as values, x-a has none/],
    ['a value that is null', { 'x-a': null }, /texts as values/],
    ['one name twice', { 'x-a': 'a', 'X-A': 'b' }, /each name once, has x-a twice/],
    [
      'too many',
      Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`x-${i}`, 'a'])),
      /at most 32, are 33/,
    ],
    ['too large', { 'x-a': 'a'.repeat(8 * 1024 - 2) }, /at most 8192 bytes together, are 8193/],
  ])('with %s are refused', (_what, headers, message) => {
    expect(headersProblem(headers)).toMatch(message);
  });
});
