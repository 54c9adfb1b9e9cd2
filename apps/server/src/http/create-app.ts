import { NestFactory } from '@nestjs/core';
import type { DynamicModule } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '#observability/logger.js';
import type { Metrics } from '#observability/metrics.js';
import { nestLogger } from '#observability/logger.js';
import { endSilentConnections } from '#observability/silent-connections.js';
import { guardCodec } from '../codec/codec-access.js';
import type { CodecAccess } from '../codec/codec-access.js';
import { measureRequests } from '../metrics/request-metrics.js';
import { recordRoutes } from './allowed-methods.js';
import { refuseEncodedBodies, refuseOtherTypes } from './body-types.js';
import { answerClientError } from './client-error.js';
import { acceptForms } from './form-body.js';
import { acceptOnlyJson } from './json-body.js';
import { serveOpenApi } from './openapi.js';
import { ProblemException } from './problem.exception.js';
import { sendProblem } from './problem.filter.js';
import { logRequests, requestId } from './request-log.js';
import { acceptRecordStreams } from './record-stream.js';
import { traceRequests } from './request-spans.js';
import { validationPipe } from './validation.js';

/** Longer than any id, so that one that is too long is answered like any other that is malformed. */
const MAX_PARAM_LENGTH = 10_000;

export interface CreateAppOptions {
  logger: Logger;
  metrics: Metrics;
  version: string;
  /** Whether requests need an API key. */
  needsApiKey: boolean;
  bodyLimitBytes: number;
  /** Of routes that take more, by path. */
  bodyLimitsBytes?: Record<string, number>;
  /** Networks of proxies that say from where a request comes. */
  trustedProxies: string[];
  /** Undefined if the module has no codec routes. */
  codec?: CodecAccess;
  /** Whether requests are traced. */
  traced: boolean;
}

/** The HTTP side of the server: what every route shares. */
export async function createApp(
  module: DynamicModule,
  options: CreateAppOptions,
): Promise<NestFastifyApplication> {
  const {
    logger,
    metrics,
    version,
    needsApiKey,
    bodyLimitBytes,
    bodyLimitsBytes = {},
    trustedProxies,
    codec,
    traced,
  } = options;
  const adapter = new FastifyAdapter({
    bodyLimit: bodyLimitBytes,
    trustProxy: trustedProxies.length > 0 && trustedProxies,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAM_LENGTH },
    clientErrorHandler: answerClientError,
    genReqId: requestId,
    // A url that cannot be read never reaches the filter.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, request.url, new ProblemException(error.statusCode ?? 400, 'http', error.message)),
  });
  const fastify = adapter.getInstance();
  endSilentConnections(fastify);
  recordRoutes(fastify);
  // Else fastify answers for it before it is known that no route has it.
  fastify.addHttpMethod('QUERY', { hasBody: false, overrideExisting: true });
  fastify.addHook('onRoute', (route) => {
    route.bodyLimit = bodyLimitsBytes[route.url] ?? route.bodyLimit;
  });
  if (traced) traceRequests(fastify);
  logRequests(fastify, logger);
  measureRequests(fastify, metrics);
  refuseEncodedBodies(fastify);
  acceptOnlyJson(fastify);
  acceptRecordStreams(fastify);
  acceptForms(fastify);
  refuseOtherTypes(fastify);
  if (codec) guardCodec(fastify, codec);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: nestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalPipes(validationPipe());
  serveOpenApi(app, { version, needsApiKey });
  return app;
}
