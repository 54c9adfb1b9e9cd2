import { lookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { DestinationPolicy } from '#destinations/destination-policy.js';

/** A name that takes longer has no address: its deliveries fail, and it holds up nothing else. */
const LOOKUP_TIMEOUT_MS = 5_000;

export type Resolve = (
  hostname: string,
  options: { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface GuardedLookupOptions {
  /** By default the system's. */
  resolve?: Resolve;
  timeoutMs?: number;
}

/**
 * Looks up a name and refuses it if any of its addresses is refused. Exactly the addresses that were checked are
 * connected to, so a name cannot be made to point elsewhere in between.
 */
export function guardedLookup(
  policy: DestinationPolicy,
  { resolve = lookup, timeoutMs = LOOKUP_TIMEOUT_MS }: GuardedLookupOptions = {},
): LookupFunction {
  const underWay = new Map<string, Promise<LookupAddress[]>>();

  // Each holds a thread until the system's resolver gives up, so a slow name must not take more than one.
  const shared = (hostname: string): Promise<LookupAddress[]> => {
    const known = underWay.get(hostname);
    if (known) return known;
    const answers = new Promise<LookupAddress[]>((done, failed) =>
      resolve(hostname, { all: true }, (error, addresses) => (error ? failed(error) : done(addresses))),
    ).finally(() => underWay.delete(hostname));
    underWay.set(hostname, answers);
    return answers;
  };

  return (hostname, options, callback) => {
    let alarm: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_resolve, reject) => {
      alarm = setTimeout(() => reject(lookupError(hostname, 'EAI_AGAIN', 'takes too long')), timeoutMs);
    });
    Promise.race([shared(hostname), tooLate])
      .then((addresses) => {
        const [first] = addresses;
        if (!first) throw lookupError(hostname, 'ENODATA', 'has no address');
        policy.checkAnswers(
          hostname,
          addresses.map(({ address }) => address),
        );
        return { first, addresses };
      })
      .finally(() => clearTimeout(alarm))
      .then(
        ({ first, addresses }) =>
          options.all ? callback(null, addresses) : callback(null, first.address, first.family),
        (error: Error) => callback(error, ''),
      );
  };
}

function lookupError(hostname: string, code: string, what: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} ${what}`), { code });
}
