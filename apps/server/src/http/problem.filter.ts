import { Catch, HttpException, HttpStatus } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES } from 'node:http';
import { DatabaseSetup } from '#database/database-setup.js';
import { databaseError, isDatabaseUnavailable } from '#database/unavailable.js';
import { Faults } from '#observability/faults.js';
import { resumeLogFields } from '#observability/log-context.js';
import { Logger } from '#observability/logger.js';
import { InvalidCursor } from '#timers/list-cursor.js';
import { OnlyWorkersKnow } from '#timers/timer-reader.js';
import { allowedMethods } from './allowed-methods.js';
import { engineUnavailable, isEngineUnavailable, noWorker } from './engine-unavailable.js';
import { wrongCursor } from './page.dto.js';
import type { Problem } from './problem.dto.js';
import { ProblemException } from './problem.exception.js';
import type { ProblemKind } from './problem.exception.js';
import { fieldsOf } from './request-log.js';

const KIND_OF_STATUS: Record<number, ProblemKind> = {
  400: 'malformed-body',
  404: 'not-found',
  413: 'body-too-large',
  415: 'unsupported-media-type',
};

/** Turns whatever was thrown into problem details. What is our own fault is logged and told to nobody. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly faults: Faults,
    private readonly database: DatabaseSetup,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    sendProblem(reply, request.url, this.problemOf(thrown, request));
  }

  private problemOf(thrown: unknown, request: FastifyRequest): ProblemException {
    if (thrown instanceof ProblemException) return thrown;
    if (thrown instanceof InvalidCursor) return wrongCursor();
    if (thrown instanceof OnlyWorkersKnow) return noWorker('how this timer stands');
    if (isEngineUnavailable(thrown)) return engineUnavailable();
    if (isDatabaseUnavailable(thrown) || this.isBeforeTables(thrown)) return databaseUnavailable();
    const status = statusOf(thrown);
    if (status === 404) return this.unknownRoute(request);
    if (status === 503)
      return new ProblemException(503, 'not-ready', 'Not ready', { checks: bodyOf(thrown) });
    if (status !== undefined && status < 500) {
      return new ProblemException(status, KIND_OF_STATUS[status] ?? 'http', (thrown as Error).message);
    }
    this.tellOf(databaseError(thrown), request);
    return new ProblemException(
      HttpStatus.INTERNAL_SERVER_ERROR,
      'internal',
      'Something is wrong on our side.',
    );
  }

  // What was thrown before its route was reached may have lost whose request it is.
  private tellOf(err: unknown, request: FastifyRequest): void {
    const { method, routeOptions } = request;
    resumeLogFields(fieldsOf(request), () => {
      this.logger.error({ err, method, route: routeOptions.url }, 'A request failed');
      this.faults.report(err, { method, route: routeOptions.url });
    });
  }

  // The server answers while the tables are still being made.
  private isBeforeTables(thrown: unknown): boolean {
    return !this.database.prepared && databaseError(thrown) !== thrown;
  }

  private unknownRoute(request: FastifyRequest): ProblemException {
    const path = request.url.replace(/\?.*$/s, '');
    const allowed = allowedMethods(request.server, path);
    if (allowed.length === 0) return new ProblemException(404, 'not-found', `There is nothing at ${path}.`);
    const allow = allowed.join(', ');
    const detail = `${request.method} is not possible at ${path}, allowed is ${allow}.`;
    return new ProblemException(405, 'method-not-allowed', detail, { headers: { allow } });
  }
}

export function sendProblem(reply: FastifyReply, url: string, problem: ProblemException): void {
  void reply
    .status(problem.status)
    .headers(problem.extra.headers ?? {})
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(problemBody(problem, url.replace(/\?.*$/s, '')));
}

export function problemBody({ status, kind, message, extra }: ProblemException, instance: string): Problem {
  const { headers: _headers, ...members } = extra;
  return {
    type: `urn:timekeeper:problem:${kind}`,
    title: STATUS_CODES[status] ?? '',
    status,
    detail: message,
    instance,
    ...members,
  };
}

function databaseUnavailable(): ProblemException {
  const headers = { 'retry-after': '1' };
  return new ProblemException(503, 'database-unavailable', 'The database does not answer. Try again.', {
    headers,
  });
}

function statusOf(thrown: unknown): number | undefined {
  if (thrown instanceof HttpException) return thrown.getStatus();
  // Fastify's own errors: a body that is too large, of another type, or no JSON.
  const { statusCode } = thrown as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : undefined;
}

function bodyOf(thrown: unknown): object | undefined {
  const body = thrown instanceof HttpException ? thrown.getResponse() : undefined;
  return typeof body === 'object' ? body : undefined;
}
