import { describe, expect, it } from '@jest/globals';
import { readHost } from './host.js';

describe('the host of a signing secret', () => {
  it.each([
    [undefined, null],
    ['hooks.example.com', 'hooks.example.com'],
    ['HOOKS.example.com.', 'hooks.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['127.0.0.1', '127.0.0.1'],
    ['0x7f.1', '127.0.0.1'],
    ['[::1]', '::1'],
    ['localhost', 'localhost'],
  ])('%s is that of deliveries to %s', (written, host) => expect(readHost(written)).toBe(host));

  it.each([
    '',
    'a.com:80',
    'http://a.com',
    'a.com/x',
    'a.com?x',
    'a.com#x',
    'u@a.com',
    'a b',
    '*',
    '::1',
    'a\n',
  ])('must not be %j', (written) =>
    expect(() => readHost(written)).toThrow(/^host must be a host name or IP address/),
  );
});
