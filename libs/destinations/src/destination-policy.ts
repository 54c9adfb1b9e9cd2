import { isIP } from 'node:net';
import { AddressGuard } from './address-guard.js';
import { isLocalhost, isLocalName, isWellFormedName } from './local-name.js';
import { UNSAFE_PORTS } from './unsafe-ports.js';

/** More answers than this are no name of a service. */
const MAX_ADDRESSES = 16;

/** What the operator has opened. */
export interface DestinationSettings {
  /** Networks such as `10.1.0.0/16`, on top of public addresses. */
  allowCidrs: readonly string[];
  /** Names such as `hooks.internal` or `*.example.internal`: wherever they point to is allowed. */
  allowHosts: readonly string[];
  /** The only ports; empty: all but those that are known for something else than HTTP. */
  allowPorts: readonly number[];
}

/** What it was that is not allowed. For logs and tests: clients are not told, or they could scan with it. */
export type BlockReason = 'name' | 'address' | 'answers' | 'port' | 'endpoint';

/** A destination that nothing may be sent to. */
export class DestinationBlocked extends Error {
  constructor(readonly reason: BlockReason) {
    super('The destination is not public, and not opened by the operator');
  }
}

/**
 * Where deliveries may go: checked when a timer is set, by its url alone, and again by each worker at every connection,
 * with the addresses that a name really has. Each method throws `DestinationBlocked`.
 */
export class DestinationPolicy {
  private readonly addresses: AddressGuard;
  private readonly opensAddresses: boolean;

  constructor(
    private readonly settings: DestinationSettings,
    addresses = new AddressGuard(settings.allowCidrs),
  ) {
    this.addresses = addresses;
    this.opensAddresses = settings.allowCidrs.length > 0;
  }

  /** Checks host and port as they stand in a url, without asking anybody. */
  checkUrl(url: URL): void {
    this.checkPort(Number(url.port || (url.protocol === 'https:' ? 443 : 80)));
    const host = hostName(url.hostname);
    if (isIP(host)) return this.checkAddress(host, host);
    if (!isWellFormedName(host)) throw new DestinationBlocked('name');
    if (!this.opensHost(host) && !this.allowsName(host)) throw new DestinationBlocked('name');
  }

  /** Whether what a host resolves to decides; not so for an address, and for what is this machine's or opened by name. */
  dependsOnAnswers(host: string): boolean {
    return isIP(host) === 0 && !isLocalhost(host) && !this.opensHost(host);
  }

  /** Checks what a name resolves to: all of it, because any may be connected to. */
  checkAnswers(host: string, answers: readonly string[]): void {
    if (answers.length > MAX_ADDRESSES) throw new DestinationBlocked('answers');
    for (const address of answers) this.checkAddress(host, address);
  }

  checkAddress(host: string, address: string): void {
    if (!this.opensHost(hostName(host)) && !this.addresses.allows(address))
      throw new DestinationBlocked('address');
  }

  private checkPort(port: number): void {
    const { allowPorts } = this.settings;
    const allowed = allowPorts.length > 0 ? allowPorts.includes(port) : !UNSAFE_PORTS.has(port);
    if (!allowed) throw new DestinationBlocked('port');
  }

  // Where the operator has opened addresses, names near to them are what they are reached by; their addresses decide.
  private allowsName(name: string): boolean {
    if (isLocalhost(name)) return ['127.0.0.1', '::1'].some((address) => this.addresses.allows(address));
    return this.opensAddresses || !isLocalName(name);
  }

  private opensHost(name: string): boolean {
    return this.settings.allowHosts.some((allowed) =>
      allowed.startsWith('*.') ? name.endsWith(allowed.slice(1)) : name === allowed,
    );
  }
}

/** A host as it is compared: an IPv6 address without brackets, a name without the dot that may stand at its end. */
export function hostName(hostname: string): string {
  return hostname
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/(?<=.)\.$/, '')
    .toLowerCase();
}
