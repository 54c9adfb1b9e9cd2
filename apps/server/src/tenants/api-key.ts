import { createHmac, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * An API key is `tk_<id>_<secret><check>`: an id that is no secret and is found in lists and logs, 256 random bits, and a
 * checksum of all that, by which a typing error and a scanner for leaked keys need no database.
 */
export interface ApiKey {
  id: string;
  secret: string;
}

export const API_KEY_ID = /^[0-9A-Za-z]{12}$/;

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 12;
const SECRET_LENGTH = 43;
const CHECK_LENGTH = 6;
const API_KEY = /^(tk_([0-9A-Za-z]{12})_([0-9A-Za-z]{43}))([0-9A-Za-z]{6})$/;

export function newApiKey(): ApiKey {
  return { id: randomText(ID_LENGTH), secret: randomText(SECRET_LENGTH) };
}

/** As its owner keeps it. */
export function formatApiKey({ id, secret }: ApiKey): string {
  const text = `tk_${id}_${secret}`;
  return text + check(text);
}

/** Undefined for what was never a key. */
export function parseApiKey(text: string): ApiKey | undefined {
  const [, head = '', id = '', secret = '', tail = ''] = API_KEY.exec(text) ?? [];
  return head !== '' && check(head) === tail ? { id, secret } : undefined;
}

/** What is stored of a secret. 256 random bits need no slow hash; the pepper makes the database alone worthless. */
export function hashSecret([pepper]: readonly Uint8Array[], secret: string): Buffer {
  return createHmac('sha256', pepper ?? '')
    .update(secret)
    .digest();
}

/** By any of the peppers, in a time that tells nothing of how much of it is right. */
export function isSecret(peppers: readonly Uint8Array[], secret: string, hash: Uint8Array): boolean {
  return peppers.filter((pepper) => timingSafeEqual(hashSecret([pepper], secret), hash)).length > 0;
}

function randomText(length: number): string {
  return Array.from({ length }, () => DIGITS[randomInt(DIGITS.length)]).join('');
}

function check(text: string): string {
  let left = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECK_LENGTH; place++) {
    digits = `${DIGITS[left % DIGITS.length]}${digits}`;
    left = Math.floor(left / DIGITS.length);
  }
  return digits;
}
