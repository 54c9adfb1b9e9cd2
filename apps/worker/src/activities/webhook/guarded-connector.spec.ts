import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AddressGuard } from '#destinations/address-guard.js';
import { DestinationPolicy } from '#destinations/destination-policy.js';
import type { DestinationSettings } from '#destinations/destination-policy.js';
import { attemptError } from './attempt-error.js';
import { guardedConnector } from './guarded-connector.js';
import type { Resolve } from './guarded-lookup.js';

const PUBLIC = '93.184.216.34';
const answer = (...addresses: string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

/** A resolver under the control of whoever means harm. */
const resolving = (answers: (asked: number) => LookupAddress[]): Resolve & { asked: number } =>
  Object.assign(
    (_host: string, _options: object, callback: Parameters<Resolve>[2]) => {
      callback(null, answers(++resolver.asked));
    },
    { asked: 0 },
  );
let resolver: ReturnType<typeof resolving>;

describe('a guarded connection', () => {
  let canary: ReturnType<typeof createServer>;
  let connections = 0;
  let port = 0;

  beforeEach(async () => {
    connections = 0;
    canary = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
    ({ port } = canary.address() as AddressInfo);
  });

  afterEach(() => {
    canary.close();
  });

  /** Tries to connect; resolves with the class of the error, or `connected`. */
  function connect(host: string, resolve: Resolve, settings: Partial<DestinationSettings> = {}) {
    const all = { allowCidrs: [], allowHosts: [], allowPorts: [], ...settings };
    const policy = new DestinationPolicy(all, new AddressGuard(all.allowCidrs, () => []));
    const connector = guardedConnector(policy, { timeoutMs: 500, lookup: { resolve, timeoutMs: 50 } });
    return new Promise<string>((done) => {
      const hostname = host.replace(/^\[|\]$/g, '');
      const options = { protocol: 'http:', hostname, host: `${host}:${port}`, port: String(port) };
      connector(options, (error, socket) => {
        socket?.destroy();
        done(error ? attemptError(error) : 'connected');
      });
    });
  }

  const lookup = (answers: (asked: number) => LookupAddress[]) => (resolver = resolving(answers));

  it.each(['127.0.0.1', '2130706433', '[::1]', '[::ffff:127.0.0.1]', 'localhost', 'a.localhost', '0.0.0.0'])(
    'to %s is refused without asking the resolver',
    async (host) => {
      const resolve = lookup(() => answer('127.0.0.1'));
      expect(await connect(host, resolve)).toBe('blocked');
      expect([resolve.asked, connections]).toEqual([0, 0]);
    },
  );

  it.each([
    ['a private address', ['127.0.0.1']],
    ['a private address beside public ones', [PUBLIC, '127.0.0.1', '2606:4700::1111']],
    ['a private address of IPv6', ['::1']],
    ['an address of IPv4 inside of IPv6', ['::ffff:127.0.0.1']],
    ['thousands of addresses', Array.from({ length: 5_000 }, () => '127.0.0.1')],
    ['something that is no address', ['127.1']],
  ])('to a name that has %s is refused', async (_what, addresses) => {
    expect(
      await connect(
        'example.com',
        lookup(() => answer(...addresses)),
      ),
    ).toBe('blocked');
    expect(connections).toBe(0);
  });

  it('goes to the addresses that were checked and not to what the name points to a moment later', async () => {
    const resolve = lookup((asked) => answer(asked === 1 ? '127.0.0.1' : '127.0.0.2'));
    expect(await connect('example.com', resolve, { allowCidrs: ['127.0.0.1/32'] })).toBe('connected');
    expect(resolve.asked).toBe(1);
  });

  it('is refused when the name points elsewhere the next time', async () => {
    const resolve = lookup((asked) => answer(asked === 1 ? '127.0.0.1' : '127.0.0.2'));
    const settings = { allowCidrs: ['127.0.0.1/32'] };
    expect(await connect('example.com', resolve, settings)).toBe('connected');
    expect(await connect('example.com', resolve, settings)).toBe('blocked');
  });

  it.each([
    ['has no address', () => answer()],
    [
      'is an alias of nothing',
      () => {
        throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
      },
    ],
  ])('to a name that %s fails with dns', async (_what, answers) => {
    const resolve: Resolve = (_host, _options, callback) => {
      try {
        callback(null, answers());
      } catch (error) {
        callback(error as Error, []);
      }
    };
    expect(await connect('example.com', resolve)).toBe('dns');
  });

  it('does not wait long for a slow name, and lets many wait for the same answer', async () => {
    let asked = 0;
    const callbacks: (() => void)[] = [];
    const resolve: Resolve = (_host, _options, callback) => {
      asked += 1;
      callbacks.push(() => callback(null, answer('127.0.0.1')));
    };
    const policy = new DestinationPolicy({ allowCidrs: [], allowHosts: [], allowPorts: [] });
    const connector = guardedConnector(policy, { lookup: { resolve, timeoutMs: 50 } });
    const options = { protocol: 'http:', hostname: 'slow.example.com', host: 'slow.example.com', port: '80' };
    const errors = await Promise.all(
      Array.from(
        { length: 100 },
        () => new Promise<string>((done) => connector(options, (...[error]) => done(attemptError(error)))),
      ),
    );
    expect(new Set(errors)).toEqual(new Set(['dns']));
    expect(asked).toBe(1);
    for (const late of callbacks) late();
    expect(connections).toBe(0);
  });

  it('to a host that the operator has opened goes wherever its name points', async () => {
    const resolve = lookup(() => answer('127.0.0.1'));
    expect(await connect('hooks.internal', resolve, { allowHosts: ['hooks.internal'] })).toBe('connected');
    expect(await connect('example.com', resolve, { allowHosts: ['hooks.internal'] })).toBe('blocked');
    expect(connections).toBe(1);
  });

  it('to a port that is not opened is refused', async () => {
    const settings = { allowCidrs: ['127.0.0.0/8'], allowPorts: [443] };
    expect(
      await connect(
        '127.0.0.1',
        lookup(() => []),
        settings,
      ),
    ).toBe('blocked');
    expect(connections).toBe(0);
  });
});
