/** Headers that a client may give an e-mail, and what they may take together. */
export const MAX_EMAIL_HEADERS = 32;
const MAX_HEADERS_BYTES = 8 * 1024;

/** RFC 5322 §2.2, as far as it is used. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,76}$/;
// What is a line break for one program on the way may be none for another.
const CONTROL = /[\p{Cc}\u2028\u2029]/u;

/** They say from whom, to whom and how a mail goes, which other fields do, or are the sender's own. */
const REFUSED = new Set([
  ...['from', 'sender', 'to', 'cc', 'bcc', 'reply-to', 'subject', 'date', 'message-id', 'return-path'],
  ...['received', 'mime-version', 'dkim-signature'],
]);
const REFUSED_PREFIX = /^(?:content-|resent-|arc-)/;
const OF_UNSUBSCRIBE = new Set(['list-unsubscribe', 'list-unsubscribe-post']);

/** Why headers can not be sent; undefined if they can. */
export function emailHeadersProblem(
  headers: Record<string, unknown>,
  { unsubscribe = false } = {},
): string | undefined {
  const entries = Object.entries(headers);
  if (entries.length > MAX_EMAIL_HEADERS)
    return `must be at most ${MAX_EMAIL_HEADERS}, are ${entries.length}`;
  const names = new Set<string>();
  let bytes = 0;
  for (const [written, value] of entries) {
    const name = written.toLowerCase();
    if (!NAME.test(written))
      return `must have names of letters, digits, dashes and underscores, has ${JSON.stringify(written.slice(0, 80))}`;
    if (REFUSED.has(name) || REFUSED_PREFIX.test(name))
      return `must not have ${name}, which the sender sets itself`;
    if (unsubscribe && OF_UNSUBSCRIBE.has(name)) return `must not have ${name} where unsubscribe is true`;
    if (names.has(name)) return `must have each name once, has ${name} twice`;
    if (typeof value !== 'string') return `must have texts as values, ${name} has none`;
    if (hasControl(value))
      return `must have values without line breaks and control characters, ${name} has another`;
    names.add(name);
    bytes += name.length + Buffer.byteLength(value);
  }
  if (bytes > MAX_HEADERS_BYTES) return `must be at most ${MAX_HEADERS_BYTES} bytes together, are ${bytes}`;
  return undefined;
}

/** Whether a text has what must not stand in a header: it could begin another one. */
export function hasControl(text: string): boolean {
  return CONTROL.test(text) || !text.isWellFormed();
}
