import { createHmac, createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** `v1`: HMAC-SHA256, both sides know the secret. `v1a`: ed25519, the receiver knows the public key only. */
export type SigningKind = 'v1' | 'v1a';

const MIN_HMAC_BYTES = 24;
const MAX_HMAC_BYTES = 64;
const GENERATED_HMAC_BYTES = 32;
const SEED_BYTES = 32;
/** An ed25519 secret is written as its seed and its public key, one after the other. */
const ED25519_BYTES = 64;
/** What comes before the seed where a private key is written as PKCS #8 (RFC 8410). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

const PREFIX = { v1: 'whsec_', v1a: 'whsk_' } as const;
const PUBLIC_PREFIX = 'whpk_';

/** A text or bytes that are no signing secret. The message says what is wrong without repeating them. */
export class InvalidSigningSecret extends Error {}

/** A secret of Standard Webhooks. What it holds shows neither in JSON nor in a log. */
export class SigningSecret {
  readonly #bytes: Buffer;
  #privateKey?: KeyObject;

  private constructor(
    readonly kind: SigningKind,
    bytes: Buffer,
  ) {
    this.#bytes = bytes;
  }

  static generate(kind: SigningKind): SigningSecret {
    if (kind === 'v1') return new SigningSecret(kind, randomBytes(GENERATED_HMAC_BYTES));
    const seed = randomBytes(SEED_BYTES);
    return new SigningSecret(kind, Buffer.concat([seed, publicBytesOf(seed)]));
  }

  /** Reads `whsec_` or `whsk_` and base64; throws `InvalidSigningSecret`. */
  static parse(text: string): SigningSecret {
    for (const kind of ['v1', 'v1a'] as const) {
      if (!text.startsWith(PREFIX[kind])) continue;
      const bytes = base64(text.slice(PREFIX[kind].length));
      const secret = SigningSecret.fromBytes(kind, bytes);
      if (kind === 'v1a' && !publicBytesOf(bytes).equals(bytes.subarray(SEED_BYTES)))
        throw new InvalidSigningSecret('must end in the public key that belongs to its first 32 bytes');
      return secret;
    }
    throw new InvalidSigningSecret('must begin with whsec_ or whsk_');
  }

  /** The secret that has these bytes, as they were stored. */
  static fromBytes(kind: SigningKind, bytes: Buffer): SigningSecret {
    const [min, max] = kind === 'v1' ? [MIN_HMAC_BYTES, MAX_HMAC_BYTES] : [ED25519_BYTES, ED25519_BYTES];
    if (bytes.length < min || bytes.length > max) {
      const allowed = min === max ? min : `${min} to ${max}`;
      throw new InvalidSigningSecret(`must have ${allowed} bytes after ${PREFIX[kind]}, has ${bytes.length}`);
    }
    return new SigningSecret(kind, bytes);
  }

  /** The secret as users see it. */
  get text(): string {
    return PREFIX[this.kind] + this.#bytes.toString('base64');
  }

  /** A copy of what the text stands for, to be stored. */
  get bytes(): Buffer {
    return Buffer.from(this.#bytes);
  }

  /** What receivers of `v1a` signatures check them with (`whpk_…`); null for `v1`. */
  get publicKey(): string | null {
    if (this.kind === 'v1') return null;
    return PUBLIC_PREFIX + this.#bytes.subarray(SEED_BYTES).toString('base64');
  }

  /** The signature of the content, with the version in front. */
  sign(content: Buffer): string {
    const signature =
      this.kind === 'v1'
        ? createHmac('sha256', this.#bytes).update(content).digest()
        : sign(null, content, (this.#privateKey ??= privateKeyOf(this.#bytes)));
    return `${this.kind},${signature.toString('base64')}`;
  }
}

function privateKeyOf(bytes: Buffer): KeyObject {
  const key = Buffer.concat([PKCS8_ED25519, bytes.subarray(0, SEED_BYTES)]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function publicBytesOf(bytes: Buffer): Buffer {
  const spki = createPublicKey(privateKeyOf(bytes)).export({ format: 'der', type: 'spki' });
  return spki.subarray(spki.length - SEED_BYTES);
}

// Buffer skips what is no base64; a key must not lose bytes without a word.
function base64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text)
    throw new InvalidSigningSecret('must be base64 after its prefix, in the standard alphabet and padded');
  return bytes;
}
