import { createPublicKey, verify } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { signatureHeader } from './signature.js';
import { SigningSecret } from './signing-secret.js';
import type { SigningKind } from './signing-secret.js';

// Vectors of the reference libraries in JavaScript (and six other languages) and Rust, and of Svix for ed25519.
const VECTORS = [
  {
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestampSeconds: 1614265330,
    body: '{"test": 2432232314}',
    signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
  {
    secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
    id: 'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk',
    timestampSeconds: 1649367553,
    body: '{"email":"test@example.com","username":"test_user"}',
    signature: 'v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=',
  },
  {
    secret: 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestampSeconds: 1614265330,
    body: '{"test": 2432232314}',
    signature: 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
  },
];

const id = '01a2013d-7d5d-8000-b5ab-63607fa862eb';
const bytes = (text: string) => new TextEncoder().encode(text);
const nowSeconds = () => Math.floor(Date.now() / 1000);

/** The headers of a request as the receiver sees them. */
function signed(body: Uint8Array, secrets: SigningSecret[], timestampSeconds = nowSeconds()) {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signatureHeader({ id, timestampSeconds, body }, secrets),
  };
}

describe('a signature', () => {
  it.each(VECTORS)('is the published one of $id by $signature', ({ secret, body, signature, ...message }) => {
    expect(signatureHeader({ ...message, body: bytes(body) }, [SigningSecret.parse(secret)])).toBe(signature);
  });

  it('is accepted by the public library', () => {
    const secret = SigningSecret.generate('v1');
    const headers = signed(bytes('{"hello": "wörld"}'), [secret]);
    expect(new Webhook(secret.text).verify('{"hello": "wörld"}', headers)).toEqual({ hello: 'wörld' });
  });

  it('of each secret is in the header during a rotation, so that both verify and a third does not', () => {
    const [old, current, other] = (['v1', 'v1', 'v1'] as SigningKind[]).map((kind) =>
      SigningSecret.generate(kind),
    ) as [SigningSecret, SigningSecret, SigningSecret];
    const headers = signed(bytes('{}'), [current, SigningSecret.generate('v1a'), old]);
    expect(headers['webhook-signature'].split(' ').map((part) => part.replace(/,.*/, ''))).toEqual([
      'v1',
      'v1a',
      'v1',
    ]);
    for (const { text } of [old, current]) expect(new Webhook(text).verify('{}', headers)).toEqual({});
    expect(() => new Webhook(other.text).verify('{}', headers)).toThrow(/signature/i);
  });

  it.each([-301, 301])('made %i s from now is refused by the public library', (offset) => {
    const secret = SigningSecret.generate('v1');
    const headers = signed(bytes('{}'), [secret], nowSeconds() + offset);
    expect(() => new Webhook(secret.text).verify('{}', headers)).toThrow(/timestamp/i);
  });

  it.each([
    ['another body', { body: '{ }' }],
    ['another id', { 'webhook-id': 'another' }],
    ['another time', { 'webhook-timestamp': String(nowSeconds() - 7) }],
    ['a time that is no number', { 'webhook-timestamp': 'hello' }],
    ['a signature of another message', { 'webhook-signature': VECTORS[0]?.signature }],
    ['a part of a signature', { 'webhook-signature': 'v1,g0hM9SsE' }],
    ['an empty signature', { 'webhook-signature': 'v1,' }],
  ])(
    'does not vouch for %s',
    (_what, { body = '{}', ...wrong }: { body?: string; [header: string]: string | undefined }) => {
      const secret = SigningSecret.generate('v1');
      const headers = { ...signed(bytes('{}'), [secret]), ...wrong } as Record<string, string>;
      expect(() => new Webhook(secret.text).verify(body, headers)).toThrow();
    },
  );

  it('by ed25519 verifies with the public key alone', () => {
    const secret = SigningSecret.generate('v1a');
    const body = new Uint8Array([0xff, 0xfe, 0x00]);
    const { 'webhook-timestamp': timestamp, 'webhook-signature': header } = signed(body, [secret]);
    const x = Buffer.from(secret.publicKey?.replace('whpk_', '') ?? '', 'base64').toString('base64url');
    const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
    const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
    const signature = Buffer.from(header.replace('v1a,', ''), 'base64');
    expect(verify(null, content, key, signature)).toBe(true);
    expect(verify(null, Buffer.concat([content, body]), key, signature)).toBe(false);
  });

  it('covers the raw bytes of a body that is no text', () => {
    const secret = SigningSecret.generate('v1');
    const [one, two] = [[0xff], [0xfe]].map((body) => signed(new Uint8Array(body), [secret], 1));
    expect(one?.['webhook-signature']).not.toBe(two?.['webhook-signature']);
  });

  it.each([{ id: 'a.b' }, { id: '' }, { timestampSeconds: 1.5 }, { timestampSeconds: NaN }])(
    'is not made of %j, which could be read in two ways',
    (wrong) => {
      const message = { id, timestampSeconds: 1, body: bytes(''), ...wrong };
      expect(() => signatureHeader(message, [SigningSecret.generate('v1')])).toThrow(RangeError);
    },
  );
});

describe('a signing secret', () => {
  it.each(['v1', 'v1a'] as const)('of kind %s is the same after it was written and stored', (kind) => {
    const secret = SigningSecret.generate(kind);
    expect(SigningSecret.parse(secret.text).text).toBe(secret.text);
    expect(SigningSecret.fromBytes(kind, secret.bytes).text).toBe(secret.text);
    expect(SigningSecret.generate(kind).text).not.toBe(secret.text);
  });

  it.each([
    ['', /must begin with whsec_ or whsk_/],
    ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', /must begin with whsec_ or whsk_/],
    ['whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=', /must begin with whsec_ or whsk_/],
    ['whsec_', /24 to 64 bytes after whsec_, has 0/],
    [`whsec_${Buffer.alloc(23).toString('base64')}`, /has 23/],
    [`whsec_${Buffer.alloc(65).toString('base64')}`, /has 65/],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS', /base64/],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n', /base64/],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_', /base64/],
    [`whsk_${Buffer.alloc(32).toString('base64')}`, /64 bytes after whsk_, has 32/],
    [`whsk_${Buffer.alloc(64).toString('base64')}`, /public key that belongs/],
  ])('must not be %j', (text, problem) => {
    expect(() => SigningSecret.parse(text)).toThrow(problem);
  });

  it('shows neither in a log nor in JSON, nor in the error about it', () => {
    const secret = SigningSecret.generate('v1a');
    expect(inspect(secret, { depth: 9, showHidden: true }) + JSON.stringify({ secret })).not.toMatch(
      new RegExp(`whsk_|${secret.bytes.toString('hex').slice(0, 16)}`),
    );
    const nearly = `${secret.text.slice(0, -8)}AAAAAA==`;
    expect(() => SigningSecret.parse(nearly)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(nearly.slice(5, 20)) }),
    );
  });
});
