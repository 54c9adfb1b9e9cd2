import type { SigningSecret } from './signing-secret.js';

/** What a signature vouches for. */
export interface SignedMessage {
  /** `webhook-id`, without a dot: the dot separates what is signed. */
  id: string;
  /** `webhook-timestamp`: when this attempt was made. */
  timestampSeconds: number;
  /** The bytes of the request's body as they are sent. */
  body: Uint8Array;
}

/**
 * The value of `webhook-signature` by Standard Webhooks: a signature by each secret, separated by spaces. A receiver
 * accepts the message if one of them is right.
 */
export function signatureHeader(message: SignedMessage, secrets: readonly SigningSecret[]): string {
  const { id, timestampSeconds, body } = message;
  if (!/^[^.\s]+$/.test(id) || !Number.isSafeInteger(timestampSeconds) || timestampSeconds < 0)
    throw new RangeError('A signed message needs an id without a dot and a time in whole seconds');
  const content = Buffer.concat([Buffer.from(`${id}.${timestampSeconds}.`), body]);
  return secrets.map((secret) => secret.sign(content)).join(' ');
}
