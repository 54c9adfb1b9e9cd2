import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { runProcess } from '#observability/process.js';
import { readEngineConnection, readEnv } from '#config/env.js';
import { readTracing } from '#config/tracing.js';
import { readVersion } from '#config/version.js';
import { createLogger, nestLogger } from '#observability/logger.js';
import { Metrics } from '#observability/metrics.js';
import { endSilentConnections } from '#observability/silent-connections.js';
import { startReporting } from '#observability/reporting.js';
import { processIdentity } from '#temporal/connection.js';
import { CoreMetrics } from '#temporal/core-metrics.js';
import { engineTracing } from '#temporal/tracing.js';
import { importJobTypes } from './jobs/job-types.js';
import { jobTypes as ownJobTypes } from './jobs/types/index.js';
import { WorkerModule } from './worker.module.js';

await runProcess('worker', async () => {
  const env = readEnv();
  const logger = createLogger({ name: 'worker', level: env.LOG_LEVEL, format: env.LOG_FORMAT });
  const identity = processIdentity('worker');
  const version = readVersion();
  const { SENTRY_DSN: dsn, SENTRY_ENVIRONMENT: environment } = env;
  const told = { dsn, environment, app: 'worker', version, tracing: readTracing(env, 'worker', version) };
  const reporting = await startReporting(told, logger);
  const { faults, spans } = reporting;
  const engine = { ...readEngineConnection(env), tracing: await engineTracing(spans) };
  const jobTypes = [...ownJobTypes, ...(await importJobTypes(env.WORKER_JOB_TYPES))];
  const metrics = new Metrics();
  const coreMetrics = env.WORKER_METRICS_PORT > 0 ? await CoreMetrics.onFreePort() : undefined;
  if (coreMetrics) metrics.include(() => coreMetrics.text());
  const common = { env, jobTypes, engine, identity, version };
  const module = WorkerModule.register({ ...common, logger, faults, metrics, coreMetrics });
  const adapter = new FastifyAdapter();
  endSilentConnections(adapter.getInstance());
  const app = await NestFactory.create(module, adapter, {
    logger: nestLogger(logger),
    abortOnError: false,
  });
  await app.listen(env.WORKER_PORT, env.HOST);
  logger.info({ port: env.WORKER_PORT, namespace: engine.namespace }, `Worker ${version} is up`);
  const close = () => app.close().finally(() => reporting.close());
  return { close, graceMs: env.SHUTDOWN_GRACE_SECONDS * 1000 };
});
