import { describe, expect, it } from '@jest/globals';
import { countersWith } from './results.js';

describe('the counters of a result', () => {
  it('are sums', () => {
    expect(countersWith({ users: 3, jobs: 1 }, { users: -1, sent: 2 })).toEqual({
      users: 2,
      jobs: 1,
      sent: 2,
    });
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('may be called %s', (name) => {
    const once = countersWith({}, { [name]: 1 });
    const twice = countersWith(JSON.parse(JSON.stringify(once)) as typeof once, { [name]: 2 });
    expect(Object.entries(twice)).toEqual([[name, 3]]);
  });

  it('stay numbers however much is added', () => {
    const { up, down } = countersWith({ up: 1e308, down: -1e308 }, { up: 1e308, down: -1e308 });
    expect([up, down]).toEqual([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]);
  });
});
