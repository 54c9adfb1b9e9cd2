import type { FastifyInstance } from 'fastify';
import { takesBody, TakesBodies, unsupportedType } from './body-types.js';

/** RFC 8058: mail programs send the first, and may send the second, as browsers do. */
const TYPES = ['multipart/form-data', 'application/x-www-form-urlencoded'];
const MAX_BYTES = 10_000;

/** Forms come to routes that take them, and to others not at all. Nothing is read out of them: the url says it all. */
export function acceptForms(fastify: FastifyInstance): void {
  const options = { parseAs: 'buffer', bodyLimit: MAX_BYTES } as const;
  fastify.addContentTypeParser(TYPES, options, (request, _body, done) => {
    if (TYPES.some((type) => takesBody(request, type))) done(null, undefined);
    else done(unsupportedType(request));
  });
}

/** The route takes forms. */
export const TakesForms = (): MethodDecorator => TakesBodies(...TYPES);
