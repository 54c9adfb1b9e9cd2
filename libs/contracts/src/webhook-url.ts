/** Longest url of a destination, in characters. */
export const MAX_URL_LENGTH = 2048;

/** Longest name in DNS. */
const MAX_HOST_LENGTH = 253;

/** Where a request goes: its connection and what stands in its first line. */
export interface RequestTarget {
  origin: string;
  path: string;
}

const WEB_URL = /^https?:\/\/[^/?#]+/i;
// URL classes drop or repair these without a word, so that the request would go elsewhere than the text says.
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u0020\u007f\\]/;

// What a host looks like once it is parsed: names in ASCII, addresses of IPv6 in brackets.
const HOST_NAME = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/;

/** Why a text is no url that a webhook can be sent to; undefined if it is one. */
export function webhookUrlProblem(url: string): string | undefined {
  if (url.length > MAX_URL_LENGTH) return `must be at most ${MAX_URL_LENGTH} characters, has ${url.length}`;
  if (!WEB_URL.test(url)) return 'must be an absolute http:// or https:// URL';
  if (UNSAFE.test(url)) return 'must not contain spaces, control characters or backslashes';
  if (!url.isWellFormed()) return 'must be well-formed Unicode';
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return 'must be an absolute http:// or https:// URL';
  }
  if (parsed.username || parsed.password) return 'must not contain a user name or password';
  if (!HOST_NAME.test(parsed.hostname) || parsed.hostname.length > MAX_HOST_LENGTH)
    return 'must have a host name or IP address as its host';
  return undefined;
}

/**
 * Splits a url that has no problem. Path and query are sent as they were written, only `{id}` is replaced, characters
 * outside ASCII are percent-encoded as UTF-8, and a fragment is left out.
 */
export function requestTarget(url: string, id: string): RequestTarget {
  const { origin } = new URL(url);
  const written = url.replace(WEB_URL, '').replace(/#.*$/s, '');
  const path = written.startsWith('/') ? written : `/${written}`;
  return {
    origin,
    path: path.replaceAll('{id}', id).replace(/[^\x21-\x7e]+/gu, encodeURIComponent),
  };
}
