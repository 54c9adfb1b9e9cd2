import { propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { context, SpanKind, SpanStatusCode, trace, tracer } from '#observability/tracing.js';
import type { Context } from '#observability/tracing.js';
import type { TenantRequest } from './access.js';

/** They come all the time and tell nothing. */
const NOT_TRACED = /^\/health\//;

/** A span for each request, by its route; it continues the trace that a `traceparent` of the client names. */
export function traceRequests(fastify: FastifyInstance): void {
  const contexts = new WeakMap<FastifyRequest, Context>();
  fastify.addHook('onRequest', (request, reply, done) => {
    const { method, headers, routeOptions } = request;
    const route = routeOptions.url;
    if (route && NOT_TRACED.test(route)) return done();
    const attributes = { 'http.request.method': method, ...(route && { 'http.route': route }) };
    const caller = propagation.extract(ROOT_CONTEXT, headers);
    const name = route ? `${method} ${route}` : method;
    const span = tracer().startSpan(name, { kind: SpanKind.SERVER, attributes }, caller);
    const inSpan = trace.setSpan(caller, span);
    contexts.set(request, inSpan);
    // Also where the client goes away before it is answered.
    reply.raw.once('close', () => {
      const { statusCode } = reply;
      const { tenant } = request as TenantRequest;
      span.setAttribute('http.response.status_code', statusCode);
      if (tenant) span.setAttribute('timekeeper.tenant', tenant.id);
      if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    context.with(inSpan, done);
  });
  // What reads a body calls back from outside of the span.
  fastify.addHook('preValidation', (request, _reply, done) => {
    const inSpan = contexts.get(request);
    if (inSpan) context.with(inSpan, done);
    else done();
  });
}
