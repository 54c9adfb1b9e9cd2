import { randomBytes } from 'node:crypto';
import { serialize } from 'node:v8';
import { describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload } from '@temporalio/common';
import { encodeErrorToFailure } from '@temporalio/common/lib/internal-non-workflow/index.js';
import fc from 'fast-check';
import { failureConverter } from './encoded-failures.js';
import { EncryptionCodec, UndecodablePayload } from './payload-codec.js';

const newKey = (id: string) => ({ id, key: randomBytes(32) });
const k1 = newKey('k1');
const k2 = newKey('k2');
const codec = new EncryptionCodec([k1]);

const anyBytes = fc.uint8Array({ maxLength: 2_000 });
const anyName = fc.string({ minLength: 1 }).filter((name) => name !== '__proto__');
const anyPayload = fc.record({
  metadata: fc.dictionary(anyName, anyBytes, { maxKeys: 4 }),
  data: anyBytes,
});

/** The same whether bytes are a Buffer or not. */
function plain({ metadata, data }: Payload) {
  const entries = Object.entries(metadata ?? {}).map(([name, bytes]) => [name, Buffer.from(bytes)]);
  return { metadata: Object.fromEntries(entries), data: Buffer.from(data ?? []) };
}

async function encrypted(text: string, keys = codec): Promise<Payload> {
  const [payload] = await keys.encode([defaultPayloadConverter.toPayload(text)]);
  return payload as Payload;
}

describe('the encryption of payloads', () => {
  it('gives back any payloads, in their order', async () => {
    const property = fc.asyncProperty(fc.array(anyPayload, { maxLength: 4 }), async (payloads) => {
      const decoded = await codec.decode(await codec.encode(payloads));
      expect(decoded.map(plain)).toEqual(payloads.map(plain));
    });
    await fc.assert(property);
  });

  it('shows nothing but that it is encrypted and with which key', async () => {
    const payload = await encrypted('a secret');
    expect(plain(payload).metadata).toEqual({
      encoding: Buffer.from('binary/encrypted'),
      'encryption-key-id': Buffer.from('k1'),
    });
    expect(plain(payload).data.includes('secret')).toBe(false);
  });

  it('never encrypts twice the same way', async () => {
    const both = [await encrypted('a secret'), await encrypted('a secret')].map((one) => plain(one).data);
    expect(both[0]?.equals(both[1] as Buffer)).toBe(false);
  });

  it('encrypts with the first key and decrypts with each, so that processes change keys one after the other', async () => {
    const before = new EncryptionCodec([k1, k2]);
    const after = new EncryptionCodec([k2, k1]);
    const [old, recent] = [await encrypted('old', before), await encrypted('recent', after)];
    expect(plain(recent).metadata['encryption-key-id']).toEqual(Buffer.from('k2'));
    for (const keys of [before, after]) {
      const decoded = await keys.decode([old, recent]);
      expect(decoded.map((one) => defaultPayloadConverter.fromPayload(one))).toEqual(['old', 'recent']);
    }
  });

  it('lets pass what is not encrypted, whatever its encoding', async () => {
    const property = fc.asyncProperty(fc.array(anyPayload), async (payloads) => {
      expect(await codec.decode(payloads)).toEqual(payloads);
    });
    await fc.assert(property);
    const [bare] = await codec.decode([{}]);
    expect(bare).toEqual({});
  });

  it('is off without keys: nothing is encrypted, and what is encrypted is refused by the name of its key', async () => {
    const off = new EncryptionCodec([]);
    const payload = defaultPayloadConverter.toPayload('in plain text');
    expect(await off.encode([payload])).toEqual([payload]);
    await expect(off.decode([await encrypted('a secret')])).rejects.toThrow(
      /encrypted with key "k1", not in/,
    );
  });

  it('names a key that it does not have', async () => {
    const other = new EncryptionCodec([k2]);
    await expect(other.decode([await encrypted('a secret')])).rejects.toThrow(UndecodablePayload);
    await expect(other.decode([await encrypted('a secret')])).rejects.toThrow(/"k1"/);
  });

  it('does not take another key of the same name for the right one', async () => {
    const namesake = new EncryptionCodec([newKey('k1')]);
    await expect(namesake.decode([await encrypted('a secret')])).rejects.toThrow(UndecodablePayload);
  });

  it('notices every bit that was changed', async () => {
    const payload = plain(await encrypted('a secret'));
    const property = fc.asyncProperty(fc.nat(payload.data.length * 8 - 1), async (bit) => {
      const data = Buffer.from(payload.data);
      data[bit >> 3] = (data[bit >> 3] as number) ^ (1 << (bit & 7));
      await expect(codec.decode([{ ...payload, data }])).rejects.toThrow(UndecodablePayload);
    });
    await fc.assert(property);
  });

  it('notices when a payload is said to be of another key', async () => {
    const twins = new EncryptionCodec([k1, { ...k1, id: 'k2' }]);
    const payload = plain(await encrypted('a secret', twins));
    const metadata = { ...payload.metadata, 'encryption-key-id': Buffer.from('k2') };
    await expect(twins.decode([{ ...payload, metadata }])).rejects.toThrow(UndecodablePayload);
  });

  it('refuses what is cut off, down to nothing', async () => {
    const payload = plain(await encrypted('a secret'));
    for (let length = 0; length < payload.data.length; length++) {
      const data = payload.data.subarray(0, length);
      await expect(codec.decode([{ ...payload, data }])).rejects.toThrow(UndecodablePayload);
    }
  });

  it('covers message, stack and cause of a failure', async () => {
    const error = new Error('outer canary', { cause: new Error('inner canary') });
    const converter = { payloadConverter: defaultPayloadConverter, failureConverter, payloadCodecs: [codec] };
    const failure = await encodeErrorToFailure(converter, error);
    expect(failure.message).toBe('Encoded failure');
    const bytes = serialize(failure);
    expect(bytes.includes('binary/encrypted')).toBe(true);
    expect(bytes.includes('canary')).toBe(false);
  });
});
