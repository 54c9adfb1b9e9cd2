import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Names in the metadata of a payload that tools of Temporal know as well. */
const ENCODING = 'encoding';
const ENCRYPTED = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
/** Of an id in a message: what comes from elsewhere may be of any size. */
const MAX_SHOWN = 64;

export interface PayloadKey {
  /** Stored in plain text beside what the key encrypted. */
  id: string;
  /** 32 bytes. */
  key: Uint8Array;
}

/** A payload that cannot be read here: its key is missing or another one, or somebody has changed it. */
export class UndecodablePayload extends Error {}

/**
 * Encrypts what the engine stores, with the first of its keys; decrypts with each. With no keys it encrypts nothing, and
 * names the missing key when it meets what another process has encrypted. What is not encrypted passes through, so that
 * encryption can be turned on while timers are pending.
 */
export class EncryptionCodec implements PayloadCodec {
  private readonly keys: ReadonlyMap<string, Uint8Array>;

  constructor(keys: readonly PayloadKey[]) {
    this.keys = new Map(keys.map(({ id, key }) => [id, key]));
  }

  encode(payloads: Payload[]): Promise<Payload[]> {
    const [first] = this.keys;
    return Promise.resolve(first ? payloads.map((payload) => encrypt(payload, ...first)) : payloads);
  }

  decode(payloads: Payload[]): Promise<Payload[]> {
    return new Promise((resolve) => resolve(payloads.map((payload) => this.decrypt(payload))));
  }

  private decrypt(payload: Payload): Payload {
    if (textOf(payload.metadata?.[ENCODING]) !== ENCRYPTED) return payload;
    const id = textOf(payload.metadata?.[KEY_ID]);
    const key = this.keys.get(id);
    const shown = JSON.stringify(id.slice(0, MAX_SHOWN));
    if (!key) throw new UndecodablePayload(`payload is encrypted with key ${shown}, not in PAYLOAD_KEYS`);
    try {
      return PayloadMessage.decode(open(payload.data ?? new Uint8Array(), id, key));
    } catch {
      throw new UndecodablePayload(`payload was changed, or its key ${shown} is not the one in PAYLOAD_KEYS`);
    }
  }
}

function encrypt(payload: Payload, id: string, key: Uint8Array): Payload {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(id));
  const sealed = [iv, cipher.update(PayloadMessage.encode(payload).finish()), cipher.final()];
  return {
    metadata: { [ENCODING]: Buffer.from(ENCRYPTED), [KEY_ID]: Buffer.from(id) },
    data: Buffer.concat([...sealed, cipher.getAuthTag()]),
  };
}

function open(data: Uint8Array, id: string, key: Uint8Array): Buffer {
  const tagAt = data.length - TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, data.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(id))
    .setAuthTag(data.subarray(tagAt));
  return Buffer.concat([decipher.update(data.subarray(IV_BYTES, tagAt)), decipher.final()]);
}

function textOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}
