import { createHash } from 'node:crypto';
import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { invalid, ProblemException } from './problem.exception.js';
import { shown } from './validation.js';

/** So long a key stands for the request that it first came with. */
export const KEY_KEPT_MS = 24 * 3_600_000;

const NAME = 'Idempotency-Key';
const KEY = /^[\x21-\x7e]{1,255}$/;
/** A string as in RFC 9651 §3.3.3. */
const QUOTED = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/** The `Idempotency-Key` that the request came with; undefined if there is none. */
export const IdempotencyKey = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
  return parseIdempotencyKey(headers['idempotency-key']);
});

/** Documents the header; `kept`: how long the key stands for its request. */
export const ApiIdempotencyKey = ({ kept = 'for 24 hours' } = {}): MethodDecorator =>
  ApiHeader({
    name: NAME,
    required: false,
    description:
      "Of the client's choice, 1 to 255 visible ASCII characters, in quotes or bare. The same request with the same key " +
      `gets the first answer again ${kept}, whatever crashed meanwhile.`,
    schema: { type: 'string', minLength: 1, maxLength: 257, pattern: '^[!-~]{1,257}$' },
    examples: { uuid: { value: '8e03978e-40d5-43e8-bc93-6894a57f9324' } },
  });

export const REPLAYED_HEADER = {
  'idempotency-replayed': {
    description: '`true` if the answer is that of an earlier request with this `Idempotency-Key`',
    schema: { type: 'string' },
  },
} as const;

/** The key in quotes and without are the same. */
export function parseIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const written = [header].flat().join(', ');
  const quoted = QUOTED.exec(written)?.[1];
  const key = quoted === undefined ? written : quoted.replace(/\\(.)/g, '$1');
  const isBroken = quoted === undefined && written.startsWith('"');
  if (KEY.test(key) && !isBroken) return key;
  const message = `must be 1 to 255 visible ASCII characters, got ${shown(written)}`;
  throw invalid([{ field: NAME, message }]);
}

/** Digest of a JSON value; the order of properties and white space make no difference. */
export function fingerprintOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, inOrder)).digest('hex');
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries);
}

/** 422: the key stands for another request; `where` says of which. */
export function keyReused(where = 'in the last 24 hours'): ProblemException {
  const detail = `This Idempotency-Key was used with another body ${where}.`;
  return new ProblemException(422, 'idempotency-key-reused', detail);
}
