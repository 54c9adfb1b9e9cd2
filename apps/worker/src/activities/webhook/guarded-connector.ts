import { buildConnector } from 'undici';
import type { DestinationPolicy } from '#destinations/destination-policy.js';
import { guardedLookup } from './guarded-lookup.js';
import type { GuardedLookupOptions } from './guarded-lookup.js';
import { limitBytes } from './limit-bytes.js';
import { skipContinue } from './skip-continue.js';

/** From looking up the name to the end of the greeting of TLS. */
const CONNECT_TIMEOUT_MS = 10_000;

export interface GuardedConnectorOptions {
  lookup?: GuardedLookupOptions;
  timeoutMs?: number;
  /** Of one answer, all in all. */
  maxAnswerBytes?: number;
  /** Further options of `tls.connect`. */
  tls?: { ca?: string };
}

/**
 * Opens connections to destinations that the policy allows. Checked at every connection, whatever was checked before:
 * the host as it is written (the resolver never sees a literal address), every answer of the resolver, and the peer once
 * connected.
 */
export function guardedConnector(
  policy: DestinationPolicy,
  { lookup, timeoutMs = CONNECT_TIMEOUT_MS, maxAnswerBytes, tls }: GuardedConnectorOptions = {},
): buildConnector.connector {
  const connect = buildConnector({ ...tls, timeout: timeoutMs, lookup: guardedLookup(policy, lookup) });

  return (options, callback) => {
    try {
      policy.checkUrl(new URL(`${options.protocol}//${options.host}`));
    } catch (refusal) {
      return callback(refusal as Error, null);
    }
    connect(options, (error, socket) => {
      if (error) return callback(error, null);
      try {
        // Without a peer the connection is broken already.
        if (socket.remoteAddress) policy.checkAddress(options.hostname, socket.remoteAddress);
        else throw Object.assign(new Error('The connection broke'), { code: 'ECONNRESET' });
      } catch (refusal) {
        socket.destroy();
        return callback(refusal as Error, null);
      }
      callback(null, skipContinue(limitBytes(socket, maxAnswerBytes)));
    });
  };
}
