import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
/** The first byte of what is sealed, so that another form can follow one day. */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/** What was sealed with another key, for another context, or has been changed. */
export class BrokenSeal extends Error {}

/** A key for one purpose. Whoever has it learns nothing of those for other purposes. */
export function deriveKey(secretsKey: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secretsKey, '', `timekeeper ${purpose}`, 32));
}

/** Keeps secrets in the database unreadable to whoever has the database alone: AES-256-GCM. */
export class Sealing {
  private readonly key: Buffer;
  private readonly older: Buffer[];

  /** `older`: what was sealed with these is opened as well. */
  constructor(secretsKey: Uint8Array, ...older: Uint8Array[]) {
    [this.key, ...this.older] = [secretsKey, ...older].map((each) => deriveKey(each, 'sealing')) as [Buffer];
  }

  /** `context` says where it belongs, such as tenant and row: elsewhere it does not open. */
  seal(secret: Uint8Array, context: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, nonce).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
    return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), sealed]);
  }

  /** Throws `BrokenSeal`. */
  open(sealed: Uint8Array, context: string): Buffer {
    if (sealed.length < HEAD_BYTES || sealed[0] !== VERSION) throw new BrokenSeal('this was never sealed');
    for (const key of [this.key, ...this.older]) {
      const opened = openWith(key, sealed, context);
      if (opened) return opened;
    }
    throw new BrokenSeal('sealed with another SECRETS_KEY, for another place, or changed since');
  }

  /** What was sealed with a key of before, sealed with the one in use; undefined where it is already. Throws `BrokenSeal`. */
  reseal(sealed: Uint8Array, context: string): Buffer | undefined {
    const secret = this.open(sealed, context);
    return openWith(this.key, sealed, context) ? undefined : this.seal(secret, context);
  }
}

function openWith(key: Buffer, sealed: Uint8Array, context: string): Buffer | undefined {
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
  const tag = sealed.subarray(1 + NONCE_BYTES, HEAD_BYTES);
  const options = { authTagLength: TAG_BYTES };
  const cipher = createDecipheriv(CIPHER, key, nonce, options);
  cipher.setAAD(Buffer.from(context)).setAuthTag(tag);
  try {
    return Buffer.concat([cipher.update(sealed.subarray(HEAD_BYTES)), cipher.final()]);
  } catch {
    return undefined;
  }
}
