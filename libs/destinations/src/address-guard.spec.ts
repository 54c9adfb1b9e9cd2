import { describe, expect, it, jest } from '@jest/globals';
import { AddressGuard } from './address-guard.js';

describe('the address guard', () => {
  const guard = new AddressGuard([]);

  it.each([
    '1.1.1.1',
    '93.184.216.34',
    '100.63.255.255',
    '172.32.0.1',
    '2606:4700::1111',
    '2a00:1450:4001::200e',
  ])('lets the public address %s through', (address) => expect(guard.allows(address)).toBe(true));

  it.each([
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254', '172.16.0.1'],
    ...['192.0.0.1', '192.0.2.1', '192.88.99.1', '192.168.1.1', '198.18.0.1', '198.51.100.1', '203.0.113.1'],
    ...['224.0.0.1', '240.0.0.1', '255.255.255.255', '168.63.129.16'],
    ...[
      '::',
      '::1',
      '::ffff:8.8.8.8',
      '::7f00:1',
      '64:ff9b::7f00:1',
      '100::1',
      'fe80::1',
      'fec0::1',
      'fc00::1',
    ],
    ...['fd12:3456::1', 'ff02::1', '4000::1', '2001::1', '2001:db8::1', '2002:7f00:1::', '3fff::1'],
    ...['2606:4700::5efe:127.0.0.1', '2606:4700::200:5efe:7f00:1'],
  ])('refuses the special address %s', (address) => expect(guard.allows(address)).toBe(false));

  it.each(['', 'localhost', '127.1', '0x7f.1', '2130706433', '1.2.3.4.5', 'not an address'])(
    'refuses %j, which it cannot read',
    (address) => expect(guard.allows(address)).toBe(false),
  );

  it("refuses the machine's own addresses, also ones that it gets later, unless they are opened", () => {
    jest.useFakeTimers();
    try {
      const own = ['8.8.4.4'];
      const [closed, open] = [[], ['8.8.4.4/32']].map((cidrs) => new AddressGuard(cidrs, () => own));
      expect([closed?.allows('8.8.4.4'), open?.allows('8.8.4.4')]).toEqual([false, true]);
      expect(closed?.allows('2606:4700::1111')).toBe(true);
      own.push('2606:4700::1111');
      jest.advanceTimersByTime(60_000);
      expect(closed?.allows('2606:4700:0:0::1111')).toBe(false);
    } finally {
      jest.useRealTimers();
    }
  });

  it('lets through what the operator has opened, and nothing beside it', () => {
    const open = new AddressGuard(['10.1.0.0/16', 'fd00::/8', '127.0.0.0/8']);
    for (const address of ['10.1.2.3', 'fd12::1', '127.0.0.1']) expect(open.allows(address)).toBe(true);
    for (const address of ['10.2.0.1', 'fc00::1', '::1', '169.254.169.254'])
      expect(open.allows(address)).toBe(false);
  });
});
