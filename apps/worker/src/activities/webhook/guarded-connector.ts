import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { AddressGuard } from './address-guard.js';
import { DestinationBlocked } from './address-guard.js';

const CONNECT_TIMEOUT_MS = 10_000;
const MAX_ADDRESSES = 16;

/**
 * Opens connections to addresses that the guard lets through. Checked at every connection and not before, so that a name
 * cannot be made to point elsewhere in between: every answer of the resolver, a literal address (which the resolver never
 * sees), and the peer once connected.
 */
export function guardedConnector(guard: AddressGuard): buildConnector.connector {
  const guardedLookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '');
      try {
        if (addresses.length > MAX_ADDRESSES) throw new DestinationBlocked('name has too many addresses');
        for (const { address } of addresses) guard.check(address);
      } catch (refusal) {
        return callback(refusal as Error, '');
      }
      const [first] = addresses;
      if (options.all) return callback(null, addresses);
      return callback(null, first?.address ?? '', first?.family);
    });
  };
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    lookup: guardedLookup,
  });

  return (options, callback) => {
    const literal = options.hostname.replace(/^\[|\]$/g, '');
    try {
      if (isIP(literal)) guard.check(literal);
    } catch (refusal) {
      return callback(refusal as Error, null);
    }
    connect(options, (error, socket) => {
      if (error) return callback(error, null);
      try {
        guard.check(socket.remoteAddress ?? '');
      } catch (refusal) {
        socket.destroy();
        return callback(refusal as Error, null);
      }
      callback(null, socket);
    });
  };
}
