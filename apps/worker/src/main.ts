import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { runProcess } from '#observability/process.js';
import { readEngineConnection, readEnv } from '#config/env.js';
import { readVersion } from '#config/version.js';
import { createLogger, nestLogger } from '#observability/logger.js';
import { processIdentity } from '#temporal/connection.js';
import { importJobTypes } from './jobs/job-types.js';
import { jobTypes as ownJobTypes } from './jobs/types/index.js';
import { WorkerModule } from './worker.module.js';

await runProcess('worker', async () => {
  const env = readEnv();
  const logger = createLogger({ name: 'worker', level: env.LOG_LEVEL, format: env.LOG_FORMAT });
  const identity = processIdentity('worker');
  const version = readVersion();
  const engine = readEngineConnection(env);
  const jobTypes = [...ownJobTypes, ...(await importJobTypes(env.WORKER_JOB_TYPES))];
  const module = WorkerModule.register({ env, jobTypes, engine, identity, version, logger });
  const app = await NestFactory.create(module, new FastifyAdapter(), {
    logger: nestLogger(logger),
    abortOnError: false,
  });
  await app.listen(env.WORKER_PORT, env.HOST);
  logger.info({ port: env.WORKER_PORT, namespace: engine.namespace }, `Worker ${version} is up`);
  return { close: () => app.close(), graceMs: env.SHUTDOWN_GRACE_SECONDS * 1000 };
});
