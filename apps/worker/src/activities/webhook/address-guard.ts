import { BlockList, isIP } from 'node:net';

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

/** An address that nothing may be sent to. */
export class DestinationBlocked extends Error {}

/**
 * Which addresses deliveries may go to: public ones, and those that the operator has opened. Without it, whoever may
 * create a timer could reach what stands behind the operator's firewall. Fails closed.
 */
export class AddressGuard {
  private readonly allowed: BlockList;
  private readonly refused = blockList([...REFUSED_IPV4, ...REFUSED_IPV6]);
  private readonly global = blockList([GLOBAL_IPV6]);

  /** `allowCidrs`: addresses to open on top, such as `10.1.0.0/16`. */
  constructor(allowCidrs: readonly string[]) {
    this.allowed = blockList(allowCidrs);
  }

  check(address: string): void {
    if (!this.allows(address))
      throw new DestinationBlocked('address is not public and not in DELIVERY_ALLOW_CIDRS');
  }

  allows(address: string): boolean {
    const version = isIP(address);
    if (version === 0) return false;
    const family = version === 4 ? 'ipv4' : 'ipv6';
    if (this.allowed.check(address, family)) return true;
    if (this.refused.check(address, family)) return false;
    return family === 'ipv4' || (this.global.check(address, family) && !hasIsatapTail(address));
  }
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
