import { describe, expect, it } from '@jest/globals';
import { webhookUrlProblem } from '#contracts/webhook-url.js';
import { AddressGuard } from './address-guard.js';
import { DestinationBlocked, DestinationPolicy } from './destination-policy.js';
import type { BlockReason, DestinationSettings } from './destination-policy.js';

type Verdict = 'allowed' | 'text' | BlockReason;

const CLOSED: DestinationSettings = { allowCidrs: [], allowHosts: [], allowPorts: [] };

function policyOf(settings: Partial<DestinationSettings> = {}): DestinationPolicy {
  const all = { ...CLOSED, ...settings };
  return new DestinationPolicy(all, new AddressGuard(all.allowCidrs, () => ['8.8.4.4']));
}

/** What a client is told of a url before anything is asked or started. */
function verdict(url: string, policy = policyOf()): Verdict {
  if (webhookUrlProblem(url) !== undefined) return 'text';
  try {
    policy.checkUrl(new URL(url));
    return 'allowed';
  } catch (error) {
    if (error instanceof DestinationBlocked) return error.reason;
    throw error;
  }
}

const HOSTILE: Record<string, { reason: Verdict; urls: string[] }> = {
  'loopback in every spelling': {
    reason: 'address',
    urls: [
      'http://127.0.0.1/',
      'http://127.0.0.1:8080/',
      'http://127.0.0.1./',
      'http://127.1/',
      'http://127.0.1/',
      'http://127.255.255.254/',
      'http://2130706433/',
      'http://0x7f000001/',
      'http://0x7f.0.0.1/',
      'http://0x7f.1/',
      'http://0177.0.0.1/',
      'http://0177.0.0.01/',
      'http://017700000001/',
      'http://127.0.0.0x1/',
      'http://１２７.０.０.１/',
      'http://127。0。0。1/',
      'http://①②⑦.0.0.1/',
      'http://%31%32%37.0.0.1/',
    ],
  },
  'the zero network and broadcast': {
    reason: 'address',
    urls: ['http://0/', 'http://0.0.0.0/', 'http://00000/', 'http://0.1.2.3/', 'http://255.255.255.255/'],
  },
  'private networks': {
    reason: 'address',
    urls: [
      'http://10.0.0.1/',
      'http://10.255.255.255/',
      'http://0xa.0.0.1/',
      'http://167772161/',
      'http://172.16.0.1/',
      'http://172.31.255.254/',
      'http://192.168.0.1/',
      'http://192.168.255.1/',
      'http://100.64.0.1/',
      'http://100.127.255.254/',
    ],
  },
  'metadata services and link-local': {
    reason: 'address',
    urls: [
      'http://169.254.169.254/latest/meta-data/',
      'http://169.254.170.2/',
      'http://0xa9fea9fe/',
      'http://2852039166/',
      'http://0251.0376.0251.0376/',
      'http://168.63.129.16/',
      'http://100.100.100.200/',
      'http://[fe80::a9fe:a9fe]/',
      'http://[fd00:ec2::254]/',
      'http://[fd20:ce::254]/',
    ],
  },
  'other special IPv4': {
    reason: 'address',
    urls: [
      'http://192.0.0.8/',
      'http://192.0.2.1/',
      'http://192.31.196.1/',
      'http://192.52.193.1/',
      'http://192.88.99.1/',
      'http://192.175.48.1/',
      'http://198.18.0.1/',
      'http://198.19.255.255/',
      'http://198.51.100.1/',
      'http://203.0.113.1/',
      'http://224.0.0.1/',
      'http://239.255.255.250/',
      'http://240.0.0.1/',
    ],
  },
  'IPv6 that is not global': {
    reason: 'address',
    urls: [
      'http://[::]/',
      'http://[::1]/',
      'http://[0:0:0:0:0:0:0:1]/',
      'http://[::0001]/',
      'http://[fe80::1]/',
      'http://[febf::1]/',
      'http://[fec0::1]/',
      'http://[fc00::1]/',
      'http://[fdff:ffff::1]/',
      'http://[ff02::1]/',
      'http://[ff0e::1]/',
      'http://[100::1]/',
      'http://[100:0:0:1::1]/',
      'http://[4000::1]/',
      'http://[5f00::1]/',
    ],
  },
  'IPv4 inside of IPv6': {
    reason: 'address',
    urls: [
      'http://[::ffff:127.0.0.1]/',
      'http://[::ffff:7f00:1]/',
      'http://[::ffff:8.8.8.8]/',
      'http://[0:0:0:0:0:ffff:169.254.169.254]/',
      'http://[::127.0.0.1]/',
      'http://[::7f00:1]/',
      'http://[::ffff:0:127.0.0.1]/',
      'http://[64:ff9b::127.0.0.1]/',
      'http://[64:ff9b:1::a00:1]/',
      'http://[2002:7f00:1::]/',
      'http://[2002:a9fe:a9fe::1]/',
      'http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/',
      'http://[2606:4700::5efe:127.0.0.1]/',
      'http://[2606:4700::200:5efe:10.0.0.1]/',
    ],
  },
  'IPv6 for documentation and other uses': {
    reason: 'address',
    urls: [
      'http://[2001:db8::1]/',
      'http://[3fff::1]/',
      'http://[2001:2::1]/',
      'http://[2001:20::1]/',
      'http://[2620:4f:8000::1]/',
    ],
  },
  'the machine itself': { reason: 'address', urls: ['http://8.8.4.4/', 'http://134743044/'] },
  'names of private networks': {
    reason: 'name',
    urls: [
      'http://localhost/',
      'http://LOCALHOST:8080/',
      'http://localhost./',
      'http://a.localhost/',
      'http://ｌｏｃａｌｈｏｓｔ/',
      'http://%6cocalhost/',
      'http://printer.local/',
      'http://localhost.localdomain/',
      'http://metadata.google.internal/',
      'http://instance-data/',
      'http://postgres/',
      'http://temporal:7233/',
      'http://wiki.intranet/',
      'http://nas.lan/',
      'http://router.home/',
      'http://mail.corp/',
      'http://nas.home.arpa/',
      'http://1.0.0.127.in-addr.arpa/',
      'http://expyuzz4wqqyqhjn.onion/',
      'http://anything.invalid/',
      'http://kubernetes.default.svc/',
      'http://kubernetes.default.svc.cluster.local/',
      'http://kubernetes.default.svc.cluster.local./',
    ],
  },
  'names that are none': {
    reason: 'name',
    urls: [
      'http://a..com/',
      'http://.example.com/',
      'http://example.com../',
      `http://${'a'.repeat(64)}.com/`,
    ],
  },
  'ports of other services': {
    reason: 'port',
    urls: [
      'http://example.com:22/',
      'http://example.com:25/',
      'https://example.com:465/',
      'http://example.com:53/',
      'http://example.com:0/',
      'http://example.com:6667/',
      'http://example.com:6000/',
      'http://93.184.216.34:587/',
    ],
  },
  'users, passwords and tricks with the parser': {
    reason: 'text',
    urls: [
      'http://user@127.0.0.1/',
      'http://example.com@127.0.0.1/',
      'http://example.com:80@127.0.0.1/',
      'http://:secret@example.com/',
      'http://example.com\\@127.0.0.1/',
      'http:\\\\127.0.0.1\\',
      'http:/127.0.0.1/',
      'http:127.0.0.1',
      'http:///127.0.0.1/',
      'http://\\127.0.0.1/',
    ],
  },
  'control characters and white space': {
    reason: 'text',
    urls: [
      ' http://127.0.0.1/',
      'http://127.0.0.1/ ',
      'ht\ntp://127.0.0.1/',
      'http://exa\tmple.com/',
      'http://example.com/\r\nhost: 127.0.0.1',
      'http://example.com/\u0000',
      'http://example.com\u0000.127.0.0.1/',
      'http://example.com\u007f/',
    ],
  },
  'other schemes': {
    reason: 'text',
    urls: [
      'file:///etc/passwd',
      'ftp://example.com/',
      'gopher://127.0.0.1:6379/_FLUSHALL',
      'ws://example.com/',
      'unix:///var/run/docker.sock',
      'http+unix://%2Fvar%2Frun%2Fdocker.sock/',
      'data:text/plain,x',
      'javascript:alert(1)',
      'blob:https://example.com/x',
      '//127.0.0.1/',
      'dict://127.0.0.1:11211/',
    ],
  },
  'hosts that cannot be read': {
    reason: 'text',
    urls: [
      'http://',
      'http://?x',
      'http://#x',
      'http://[::1',
      'http://::1/',
      'http://[fe80::1%25eth0]/',
      'http://[::ffff:127.0.0.1.5]/',
      'http://256.256.256.256/',
      'http://1.2.3.4.5/',
      'http://127.0.0.1:99999/',
      'http://exa<mple.com/',
      'http://{id}/',
      `http://${'a.'.repeat(127)}com/`,
    ],
  },
};

const LEGITIMATE = [
  'http://example.com',
  'https://example.com/',
  'https://example.com:8443/hooks',
  'http://example.com:8080/hooks?a=1&b=2#c',
  'https://example.com:65535/',
  'https://EXAMPLE.com/Hooks',
  'https://example.com./hooks',
  'https://hooks.example.co.uk/{id}',
  'https://my_service.example.com/',
  'https://xn--bcher-kva.example/',
  'https://bücher.example/ü',
  'https://localhost.example.com/',
  'https://local.example.com/',
  'https://internal.example.com/',
  'https://127.0.0.1.example.com/',
  'https://corporate.com/',
  'https://1e100.net/',
  'http://93.184.216.34/',
  'http://1.1.1.1:3000/',
  'http://172.32.0.1/',
  'http://100.63.255.255/',
  'http://192.167.255.255/',
  'http://223.255.255.254/',
  'https://[2606:4700:4700::1111]/',
  'https://[2a00:1450:4001:830::200e]:8443/',
  'https://example.com/redirect?to=http://127.0.0.1/',
];

describe('the policy for destinations', () => {
  const cases = Object.entries(HOSTILE).flatMap(([group, { reason, urls }]) =>
    urls.map((url) => ({ group, reason, url })),
  );

  it.each(cases)('refuses $group because of its $reason: $url', ({ url, reason }) => {
    expect(verdict(url)).toBe(reason);
  });

  it.each(LEGITIMATE)('allows %s', (url) => {
    expect(verdict(url)).toBe('allowed');
  });

  it('was asked about a hundred hostile and twenty legitimate urls, none twice', () => {
    const hostile = new Set(cases.map(({ url }) => url));
    expect([cases.length, hostile.size]).toEqual([hostile.size, cases.length]);
    expect(hostile.size).toBeGreaterThanOrEqual(100);
    expect(new Set(LEGITIMATE).size).toBeGreaterThanOrEqual(20);
  });

  describe('as the operator has opened it', () => {
    const loopback = policyOf({ allowCidrs: ['127.0.0.0/8', '::1/128'] });

    it.each([
      ['http://localhost:9000/', 'allowed'],
      ['http://a.localhost/', 'allowed'],
      ['http://127.0.0.1/', 'allowed'],
      ['http://[::1]/', 'allowed'],
      ['http://0.0.0.0/', 'address'],
      ['http://10.0.0.1/', 'address'],
      ['http://localhost:22/', 'port'],
    ])('for loopback: %s is %s', (url, expected) => expect(verdict(url, loopback)).toBe(expected));

    it('leaves names near to opened addresses to what they resolve to, but localhost to loopback', () => {
      const opened = policyOf({ allowCidrs: ['10.1.0.0/16'] });
      expect(verdict('http://receiver:8080/', opened)).toBe('allowed');
      expect(verdict('http://receiver.internal/', opened)).toBe('allowed');
      expect(verdict('http://localhost/', opened)).toBe('name');
      opened.checkAnswers('receiver.internal', ['10.1.2.3', '10.1.2.4']);
      expect(() => opened.checkAnswers('receiver.internal', ['10.1.2.3', '10.2.0.1'])).toThrow(
        DestinationBlocked,
      );
    });

    it.each([
      ['http://hooks.internal/', 'allowed'],
      ['http://hooks.internal./', 'allowed'],
      ['http://a.hooks.internal/', 'name'],
      ['http://b.example.internal/', 'allowed'],
      ['http://b.c.example.internal/', 'allowed'],
      ['http://example.internal/', 'name'],
      ['http://evil-example.internal/', 'name'],
      ['http://10.0.0.1/', 'address'],
    ])('for hosts: %s is %s', (url, expected) => {
      expect(verdict(url, policyOf({ allowHosts: ['hooks.internal', '*.example.internal'] }))).toBe(expected);
    });

    it('lets an opened host point anywhere, and no other', () => {
      const opened = policyOf({ allowHosts: ['hooks.internal'] });
      opened.checkAnswers('hooks.internal', ['10.0.0.1']);
      opened.checkAddress('hooks.internal', '10.0.0.1');
      expect(() => opened.checkAnswers('example.com', ['10.0.0.1'])).toThrow(DestinationBlocked);
    });

    it('for ports: only those', () => {
      const opened = policyOf({ allowPorts: [443, 25] });
      const ports = ['https://example.com/', 'http://example.com:25/', 'http://example.com/'];
      expect(ports.map((url) => verdict(url, opened))).toEqual(['allowed', 'allowed', 'port']);
    });
  });

  it('refuses a name if any of its addresses is refused, or if it has more than sixteen', () => {
    const policy = policyOf();
    policy.checkAnswers('example.com', ['1.1.1.1', '2606:4700::1111']);
    const many = Array.from({ length: 17 }, (_, index) => `1.1.1.${index}`);
    for (const answers of [['1.1.1.1', '127.0.0.1'], ['::1'], many])
      expect(() => policy.checkAnswers('example.com', answers)).toThrow(DestinationBlocked);
  });

  it('says the same of everything that it refuses', () => {
    const messages = ['http://localhost/', 'http://10.0.0.1/', 'http://example.com:22/'].map((url) => {
      try {
        policyOf().checkUrl(new URL(url));
      } catch (error) {
        return (error as Error).message;
      }
      return 'nothing';
    });
    expect(new Set(messages).size).toBe(1);
  });
});
