import { describe, expect, it } from '@jest/globals';
import { HostPipe } from './host.pipe.js';

const pipe = new HostPipe();

describe('the host of a path', () => {
  it.each([
    ['example.com', 'example.com'],
    ['EXAMPLE.com:8080', 'example.com:8080'],
    ['2130706433', '127.0.0.1'],
    ['[::1]', '[::1]'],
  ])('is read as urls of timers write it: %s', (value, host) => {
    expect(pipe.transform(value)).toBe(host);
  });

  it.each(['', 'a b', 'user@example.com', 'example.com/path', 'example.com?a', `${'0'.repeat(300)}1`])(
    'is refused as %s',
    (value) => {
      expect(() => pipe.transform(value)).toThrow('host must be a host such as example.com:8080');
    },
  );
});
