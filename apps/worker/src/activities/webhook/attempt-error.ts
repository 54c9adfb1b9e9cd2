import type { AttemptError } from '#contracts/delivery.js';
import { DestinationBlocked } from '#destinations/destination-policy.js';
import { EndlessAnswer } from './limit-bytes.js';

/** Why an attempt got no answer: the class of what undici, Node or a guard of ours threw. */
export function attemptError(error: unknown): AttemptError {
  const { name = '', code = '', message = '' } = error as NodeJS.ErrnoException;
  if (error instanceof DestinationBlocked) return 'blocked';
  // undici's errors about what it cannot parse have no code.
  if (error instanceof EndlessAnswer || name === 'HTTPParserError') return 'http';
  if (error instanceof AggregateError && error.errors.length > 0) return attemptError(error.errors[0]);
  if (
    name === 'TimeoutError' ||
    name === 'AbortError' ||
    code === 'UND_ERR_CONNECT_TIMEOUT' ||
    code === 'ETIMEDOUT'
  ) {
    return 'timeout';
  }
  if (/^(ENOTFOUND|EAI_|ENODATA)/.test(code)) return 'dns';
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EACCES)$/.test(code)) return 'connect';
  if (/^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|EPROTO)/.test(code)) return 'tls';
  // undici's word for an answer that HTTP does not allow here, such as one that nobody asked for.
  if (code === 'UND_ERR_SOCKET' && /^bad /.test(message)) return 'http';
  if (/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/.test(code)) return 'reset';
  if (code.startsWith('UND_ERR_')) return 'http';
  return /certificate/i.test(message) ? 'tls' : 'connect';
}
