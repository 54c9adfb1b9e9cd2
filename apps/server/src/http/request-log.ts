import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { resumeLogFields } from '#observability/log-context.js';
import type { LogFields } from '#observability/log-context.js';
import type { Logger } from '#observability/logger.js';

const REQUEST_ID_HEADER = 'x-request-id';

/** Whoever calls us may name a request, in so many characters that say nothing by themselves. */
const REQUEST_ID = /^[\w.:/+=-]{1,128}$/;
/** What a path or a `location` is about. */
const RESOURCE =
  /^\/(timers|emails|schedules|jobs|blasts|bookings|operations)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/i;
/** An e-mail is a timer as well. */
const FIELDS: Record<string, string> = {
  ...{ timers: 'timer', emails: 'timer', schedules: 'schedule', jobs: 'job', blasts: 'blast' },
  ...{ bookings: 'booking', operations: 'operation' },
};

const fieldsOfRequests = new WeakMap<object, LogFields>();

/** The id that a request came with, or one of our own. */
export function requestId(message: IncomingMessage): string {
  const given = message.headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** What is on the lines that are logged on behalf of a request: its id, whose it is, and what it is about. */
export function fieldsOf(request: FastifyRequest): LogFields {
  return fieldsOfRequests.get(request.raw) ?? { requestId: request.id };
}

/** Gives every request its fields, tells its id in the answer, and logs a line when it was answered, for those who debug. */
export function logRequests(fastify: FastifyInstance, logger: Logger): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const fields = { requestId: request.id, ...resourceAt(request.url) };
    fieldsOfRequests.set(request.raw, fields);
    void reply.header(REQUEST_ID_HEADER, request.id);
    resumeLogFields(fields, done);
  });
  // A body is read by what the connection began, and not by the request.
  fastify.addHook('preHandler', (request, _reply, done) => resumeLogFields(fieldsOf(request), done));
  fastify.addHook('onResponse', (request, reply, done) => {
    resumeLogFields(fieldsOf(request), () => logger.debug(lineOf(request, reply), 'A request was answered'));
    done();
  });
}

// Neither path nor query: they may hold what is secret.
function lineOf({ method, routeOptions }: FastifyRequest, reply: FastifyReply): object {
  const location = reply.getHeader('location');
  return {
    ...{ method, route: routeOptions.url ?? 'none', status: reply.statusCode },
    durationMs: Math.round(reply.elapsedTime),
    ...(typeof location === 'string' && resourceAt(location)),
  };
}

function resourceAt(path: string): LogFields {
  const [, resource = '', id] = RESOURCE.exec(path) ?? [];
  const field = FIELDS[resource];
  return field && id ? { [field]: id.toLowerCase() } : {};
}
