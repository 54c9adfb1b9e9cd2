import { describe, expect, it } from '@jest/globals';
import { FailedLogins } from './failed-logins.js';

/** On a clock that can be set. */
function counted(perMinute: number) {
  const clock = { ms: 1_000_000 };
  const logins = new FailedLogins(perMinute, () => clock.ms);
  const fail = (address: string, times: number) => {
    for (let time = 0; time < times; time++) logins.note(address);
  };
  return { clock, logins, fail };
}

describe('failed logins', () => {
  it('are answered up to the limit at once, and then evenly over the minute', () => {
    const { clock, logins, fail } = counted(20);
    fail('192.0.2.1', 19);
    expect(logins.waitSeconds('192.0.2.1')).toBe(0);
    fail('192.0.2.1', 1);
    expect(logins.waitSeconds('192.0.2.1')).toBe(3);
    clock.ms += 2_000;
    expect(logins.waitSeconds('192.0.2.1')).toBe(1);
    clock.ms += 1_000;
    expect(logins.waitSeconds('192.0.2.1')).toBe(0);
    fail('192.0.2.1', 1);
    expect(logins.waitSeconds('192.0.2.1')).toBe(3);
    clock.ms += 60_000;
    fail('192.0.2.1', 19);
    expect(logins.waitSeconds('192.0.2.1')).toBe(0);
  });

  it('of one address are not counted for another', () => {
    const { logins, fail } = counted(1);
    fail('192.0.2.1', 5);
    expect(logins.waitSeconds('192.0.2.2')).toBe(0);
    expect(logins.waitSeconds('::ffff:192.0.2.2')).toBe(0);
  });

  it('are counted for all addresses of an IPv6 network together', () => {
    const { logins, fail } = counted(1);
    fail('2001:db8::1', 1);
    expect(logins.waitSeconds('2001:db8:0:0:a:b:c:d')).toBe(60);
    expect(logins.waitSeconds('2001:db8:0:1::1')).toBe(0);
    fail('::1', 1);
    expect(logins.waitSeconds('::2')).toBe(60);
  });

  it('may be any number where there is no limit', () => {
    const { logins, fail } = counted(0);
    fail('192.0.2.1', 1_000);
    expect(logins.waitSeconds('192.0.2.1')).toBe(0);
  });

  it('are forgotten for the oldest address rather than remembered without an end', () => {
    const { logins, fail } = counted(1);
    for (let n = 0; n < 10_000; n++) fail(`10.0.${n >> 8}.${n & 255}`, 1);
    expect(logins.waitSeconds('10.0.0.0')).toBe(60);
    fail('10.1.0.0', 1);
    expect(logins.waitSeconds('10.0.0.0')).toBe(0);
    expect(logins.waitSeconds('10.0.0.1')).toBe(60);
  });
});
