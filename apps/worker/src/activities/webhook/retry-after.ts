/**
 * What a `Retry-After` header asks for (RFC 9110 §10.2.3), in ms from now: whole seconds or an HTTP date. Undefined for
 * anything else, and for a time that has passed.
 */
export function retryAfterMs(header: string | string[] | undefined, nowMs: number): number | undefined {
  const value = [header].flat()[0]?.trim() ?? '';
  const delayMs = /^\d{1,15}$/.test(value) ? Number(value) * 1000 : httpDateMs(value) - nowMs;
  return delayMs > 0 ? delayMs : undefined;
}

// `Date.parse` takes much that is no HTTP date, such as "-1".
function httpDateMs(value: string): number {
  return /^[A-Z][a-z]+, .* GMT$|^[A-Z][a-z]{2} [A-Z][a-z]{2} .*\d{4}$/.test(value) ? Date.parse(value) : NaN;
}
