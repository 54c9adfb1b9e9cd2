import { BlockList, isIP } from 'node:net';
import type { IPVersion } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Special-purpose IPv4 (IANA registry, RFC 6890 and successors), multicast, reserved, and Azure's metadata address. */
const REFUSED_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '168.63.129.16/32',
];

/** Of IPv6 only global unicast is let through, less what is special in it or carries an IPv4 address inside. */
const GLOBAL_IPV6 = '2000::/3';
const REFUSED_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

/** Addresses of a machine may change while it runs. */
const OWN_ADDRESSES_MS = 30_000;

/**
 * Which addresses deliveries may go to: public ones that are not this machine's own, and those that the operator has
 * opened. Without it, whoever may create a timer could reach what stands behind the operator's firewall. Fails closed.
 */
export class AddressGuard {
  private readonly opened: BlockList;
  private readonly refused = blockList([...REFUSED_IPV4, ...REFUSED_IPV6]);
  private readonly global = blockList([GLOBAL_IPV6]);
  private own = new BlockList();
  private ownReadMs = -Infinity;

  /** `allowCidrs`: addresses to open on top, such as `10.1.0.0/16`. */
  constructor(
    allowCidrs: readonly string[],
    private readonly readOwn: () => string[] = addressesOfThisMachine,
  ) {
    this.opened = blockList(allowCidrs);
  }

  allows(address: string): boolean {
    const version = isIP(address);
    if (version === 0) return false;
    const family = version === 4 ? 'ipv4' : 'ipv6';
    if (this.opened.check(address, family)) return true;
    if (this.refused.check(address, family) || this.isOwn(address, family)) return false;
    return family === 'ipv4' || (this.global.check(address, family) && !hasIsatapTail(address));
  }

  // What listens here for this machine alone may be kept from others by a firewall, which does not keep it from us.
  private isOwn(address: string, family: IPVersion): boolean {
    const nowMs = performance.now();
    if (nowMs - this.ownReadMs > OWN_ADDRESSES_MS) {
      this.own = new BlockList();
      for (const own of this.readOwn()) this.own.addAddress(own, isIP(own) === 6 ? 'ipv6' : 'ipv4');
      this.ownReadMs = nowMs;
    }
    return this.own.check(address, family);
  }
}

function addressesOfThisMachine(): string[] {
  return Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
}

function blockList(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = '', bits = ''] = cidr.split('/');
    list.addSubnet(network, Number(bits), isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

// ISATAP (RFC 5214) ends in 0:5efe or 200:5efe and an IPv4 address.
function hasIsatapTail(address: string): boolean {
  return /:(?:0{0,4}|0?200):5efe:(?:[0-9a-f]{1,4}:[0-9a-f]{1,4}|[0-9.]+)$/i.test(address);
}
