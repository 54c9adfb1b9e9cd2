import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Env } from '#config/env.js';
import { FailedLogins, tooManyFailedLogins } from '../http/failed-logins.js';
import { ProblemException } from '../http/problem.exception.js';
import { sendProblem } from '../http/problem.filter.js';

const ROUTES = /^\/codec(\/|$)/;
/** The engine's limit of one answer, 4 MiB, in base64. */
const MAX_BODY_BYTES = 6 * 1024 * 1024;
const PREFLIGHT_SECONDS = 600;

export interface CodecAccess {
  token: string;
  /** Of the Temporal UI; empty if no browser is to call. */
  allowOrigin: string;
  /** Wrong tokens that are answered for one address; 0: any number. */
  failedLoginsPerMinute: number;
}

/** Undefined if the codec server is not turned on: then its routes are not there. */
export function codecAccess(env: Env): CodecAccess | undefined {
  const on = env.PAYLOAD_KEYS.length > 0 && env.CODEC_TOKEN !== '';
  if (!on) return undefined;
  return {
    ...{ token: env.CODEC_TOKEN, allowOrigin: env.CODEC_ALLOW_ORIGIN },
    failedLoginsPerMinute: env.FAILED_LOGINS_PER_MINUTE,
  };
}

/** Asks who calls the codec routes before a body is read, which may be larger there than elsewhere. */
export function guardCodec(
  fastify: FastifyInstance,
  { token, allowOrigin, failedLoginsPerMinute }: CodecAccess,
): void {
  const wanted = digest(token);
  const failed = new FailedLogins(failedLoginsPerMinute);
  fastify.addHook('onRoute', (route) => {
    if (ROUTES.test(route.url)) route.bodyLimit = MAX_BODY_BYTES;
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!ROUTES.test(request.routeOptions.url ?? '')) return done();
    void reply.headers({ 'cache-control': 'no-store', ...corsHeaders(allowOrigin) });
    // Browsers ask without credentials whether they may call.
    if (request.method === 'OPTIONS') return done();
    const { authorization } = request.headers;
    // Whose token is right is never shut out by the wrong ones of others who come from the same address.
    if (timingSafeEqual(digest(givenToken(authorization)), wanted)) return done();
    const waitSeconds = failed.waitSeconds(request.ip);
    if (authorization !== undefined && waitSeconds > 0) {
      return sendProblem(reply, request.url, tooManyFailedLogins(waitSeconds));
    }
    if (authorization !== undefined) failed.note(request.ip);
    sendProblem(reply, request.url, unauthorized());
  });
}

function unauthorized(): ProblemException {
  const detail = 'CODEC_TOKEN is needed, as bearer token or as the password of any user name.';
  const headers = { 'www-authenticate': 'Basic realm="codec", charset="UTF-8"' };
  return new ProblemException(401, 'unauthorized', detail, { headers });
}

/** A Temporal UI without a login of its own has no token to send: there the browser asks for a password. */
function givenToken(authorization = ''): string {
  const [, scheme = '', value = ''] = /^(bearer|basic) +(\S+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  return Buffer.from(value, 'base64')
    .toString()
    .replace(/^[^:]*:?/, '');
}

function corsHeaders(allowOrigin: string): Record<string, string> {
  if (!allowOrigin) return {};
  return {
    'access-control-allow-origin': allowOrigin,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'authorization, authorization-extras, content-type, x-namespace',
    'access-control-max-age': String(PREFLIGHT_SECONDS),
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
