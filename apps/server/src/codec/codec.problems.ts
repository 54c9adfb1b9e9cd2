import type { ProblemExample } from '../http/api-problem.js';

const PROBLEMS: Record<number, ProblemExample> = {
  400: {
    description: 'The body is not as it must be, or a payload cannot be decoded.',
    kind: 'validation',
    title: 'Bad Request',
    detail: 'payloads.0 cannot be decoded: payload is encrypted with key "k9", not in PAYLOAD_KEYS',
    instance: '/codec/decode',
    errors: [
      {
        field: 'payloads.0',
        message: 'cannot be decoded: payload is encrypted with key "k9", not in PAYLOAD_KEYS',
      },
    ],
  },
  401: {
    description: 'The token is missing or wrong.',
    kind: 'unauthorized',
    title: 'Unauthorized',
    detail: 'CODEC_TOKEN is needed, as bearer token or as the password of any user name.',
    instance: '/codec/decode',
    headers: { 'www-authenticate': { description: 'For browsers', schema: { type: 'string' } } },
  },
  404: {
    description: 'The codec server is not turned on.',
    kind: 'not-found',
    title: 'Not Found',
    detail: 'There is nothing at /codec/decode.',
    instance: '/codec/decode',
  },
  413: {
    description: 'The body is over 6 MiB.',
    kind: 'body-too-large',
    title: 'Payload Too Large',
    detail: 'Request body is too large',
    instance: '/codec/decode',
  },
  415: {
    description: 'The body is not application/json.',
    kind: 'unsupported-media-type',
    title: 'Unsupported Media Type',
    detail: 'Unsupported Media Type: text/plain. The body must be application/json.',
    instance: '/codec/decode',
  },
  429: {
    description: 'Too many wrong tokens came from this address. Try again after `Retry-After`.',
    kind: 'too-many-failed-logins',
    title: 'Too Many Requests',
    detail: 'Too many wrong keys came from this address. Try again in 3 s.',
    instance: '/codec/decode',
    headers: { 'retry-after': { description: 'Seconds to wait', schema: { type: 'integer' } } },
  },
  500: {
    description: 'A fault of the server. It is logged.',
    kind: 'internal',
    title: 'Internal Server Error',
    detail: 'Something is wrong on our side.',
    instance: '/codec/decode',
  },
};

export const DECODE_PROBLEMS = PROBLEMS;
export const ENCODE_PROBLEMS = ofRoute('/codec/encode', [400, 401, 404, 413, 415, 429, 500]);
export const SIGN_IN_PROBLEMS = ofRoute('/codec', [401, 404, 429, 500]);

function ofRoute(instance: string, statuses: number[]): Record<number, ProblemExample> {
  const wanted = Object.entries(PROBLEMS).filter(([status]) => statuses.includes(Number(status)));
  return Object.fromEntries(
    wanted.map(([status, problem]) => [
      status,
      { ...problem, instance, detail: problem.detail.replace('/codec/decode', instance) },
    ]),
  );
}
