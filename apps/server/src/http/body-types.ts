import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemException } from './problem.exception.js';
import { shown } from './validation.js';

/** The route takes bodies of these types; one that does not say so takes JSON. */
export const TakesBodies = (...types: string[]): MethodDecorator => RouteConfig({ bodyTypes: types });

/** Whether the route says that it takes bodies of such a type, or there is none that could. */
export function takesBody(request: FastifyRequest, type: string): boolean {
  return request.is404 || typesOf(request).includes(type);
}

/** 415 that names what the route takes. */
export function unsupportedType(request: FastifyRequest): ProblemException {
  const { 'content-type': type = 'none' } = request.headers;
  const detail = `Unsupported Media Type: ${type}. The body must be ${typesOf(request).join(' or ')}.`;
  return new ProblemException(415, 'unsupported-media-type', detail);
}

/** Bodies are taken as they are: compressed ones are refused. */
export function refuseEncodedBodies(fastify: FastifyInstance): void {
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    const { 'content-encoding': encoding = 'identity', 'content-length': length } = request.headers;
    const hasBody = request.headers['transfer-encoding'] !== undefined || Number(length ?? 0) > 0;
    if (!hasBody || encoding.toLowerCase() === 'identity' || request.is404) return done(null, payload);
    const detail = `Unsupported Media Type: content-encoding ${shown(encoding)}. The body must not be encoded.`;
    const headers = { 'accept-encoding': 'identity' };
    done(new ProblemException(415, 'unsupported-media-type', detail, { headers }));
  });
}

/** What no other parser takes is refused, unless there is nothing at this path anyway. */
export function refuseOtherTypes(fastify: FastifyInstance): void {
  fastify.addContentTypeParser('*', (request, payload, done) => {
    if (request.is404) done(null, payload);
    else done(unsupportedType(request));
  });
}

function typesOf({ routeOptions }: FastifyRequest): string[] {
  const { bodyTypes } = routeOptions.config as { bodyTypes?: string[] };
  return bodyTypes ?? ['application/json'];
}
