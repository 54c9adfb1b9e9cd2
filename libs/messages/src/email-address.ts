import { domainToASCII } from 'node:url';
import isEmail from 'validator/lib/isEmail.js';

/** Longest address that SMTP takes: RFC 5321 §4.5.3.1.3. */
export const MAX_ADDRESS_LENGTH = 254;
const MAX_SENDER_LENGTH = 500;
// They would begin another header.
const CONTROL = /\p{Cc}/u;
const NOT_ASCII = /[^\0-\x7f]/;
/** RFC 5322 §3.2.3: such a name stands in quotes, or it would be taken for a list of senders. */
const UNQUOTED_SPECIAL = /^[^"<]*[,;:@][^<]*</;

/** Why a text is no address that an e-mail can be sent to; undefined if it is one. */
export function emailAddressProblem(text: string): string | undefined {
  if (text.length > MAX_ADDRESS_LENGTH) return `must be at most ${MAX_ADDRESS_LENGTH} characters`;
  if (!isEmail.default(text)) return 'must be an e-mail address such as ada@example.com';
  return undefined;
}

/** Why a text is no sender of an e-mail, an address that may have a name before it; undefined if it is one. */
export function senderProblem(text: string): string | undefined {
  if (text.length > MAX_SENDER_LENGTH) return `must be at most ${MAX_SENDER_LENGTH} characters`;
  const isSender = !UNQUOTED_SPECIAL.test(text) && isEmail.default(text, { allow_display_name: true });
  if (CONTROL.test(text) || !text.isWellFormed() || !isSender)
    return 'must be an e-mail address such as ada@example.com or Ada <ada@example.com>';
  return undefined;
}

/**
 * What two writings of one address have in common: nobody's mail server tells them apart by case, and a domain is the same
 * in letters of its own and as DNS has it.
 */
export function normalizeAddress(address: string): string {
  return withAsciiDomain(address.trim().toLowerCase());
}

/** The address with its domain as DNS has it (RFC 5891): `ada@bücher.example` as `ada@xn--bcher-kva.example`. */
export function withAsciiDomain(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  return address.slice(0, at) + asciiDomain(address.slice(at));
}

/** The domain as DNS has it; as it is where it can be none. */
export function asciiDomain(domain: string): string {
  return NOT_ASCII.test(domain) ? domainToASCII(domain) || domain : domain;
}
