/** Headers that a client may give a request, and what they may take together. */
export const MAX_HEADERS = 32;
const MAX_HEADERS_BYTES = 8 * 1024;

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110 §5.5; what is no ASCII goes out as ISO 8859-1. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** They belong to the connection, to the sender, or to proxies on the way. */
const REFUSED = new Set([
  ...['host', 'content-length', 'transfer-encoding', 'connection', 'keep-alive', 'te', 'trailer', 'upgrade'],
  ...['expect', 'forwarded', 'x-real-ip', 'cookie', 'accept-encoding', 'http2-settings'],
]);
const REFUSED_PREFIX = /^(?:proxy-|webhook-|x-forwarded-)/;

/** Why headers can not be sent; undefined if they can. */
export function headersProblem(headers: Record<string, unknown>): string | undefined {
  const entries = Object.entries(headers);
  if (entries.length > MAX_HEADERS) return `must be at most ${MAX_HEADERS}, are ${entries.length}`;
  const names = new Set<string>();
  let bytes = 0;
  for (const [written, value] of entries) {
    const name = written.toLowerCase();
    const shown = JSON.stringify(written.slice(0, 80));
    if (!TOKEN.test(written)) return `must have names as in RFC 9110, has ${shown}`;
    if (REFUSED.has(name) || REFUSED_PREFIX.test(name))
      return `must not have ${name}, which is not the client's to set`;
    if (names.has(name)) return `must have each name once, has ${name} twice`;
    if (typeof value !== 'string') return `must have texts as values, ${name} has none`;
    if (!VALUE.test(value))
      return `must have values without line breaks and within ISO 8859-1, ${name} has another`;
    names.add(name);
    bytes += name.length + value.length;
  }
  if (bytes > MAX_HEADERS_BYTES) return `must be at most ${MAX_HEADERS_BYTES} bytes together, are ${bytes}`;
  return undefined;
}

/** The headers by lower-case name. */
export function byLowerCaseName(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
