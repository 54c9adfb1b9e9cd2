import 'reflect-metadata';
import { readEngineConnection, readEnv } from '#config/env.js';
import { readTracing } from '#config/tracing.js';
import { readVersion } from '#config/version.js';
import { createLogger } from '#observability/logger.js';
import { Metrics } from '#observability/metrics.js';
import { runProcess } from '#observability/process.js';
import { startReporting } from '#observability/reporting.js';
import { processIdentity } from '#temporal/connection.js';
import { engineTracing } from '#temporal/tracing.js';
import { AppModule } from './app.module.js';
import { codecAccess } from './codec/codec-access.js';
import { EMAIL_BODY_LIMIT_BYTES } from './emails/emails.settings.js';
import { createApp } from './http/create-app.js';

await runProcess('server', async () => {
  const env = readEnv();
  const version = readVersion();
  const logger = createLogger({ name: 'server', level: env.LOG_LEVEL, format: env.LOG_FORMAT });
  const { SENTRY_DSN: dsn, SENTRY_ENVIRONMENT: environment } = env;
  const told = { dsn, environment, app: 'server', version, tracing: readTracing(env, 'server', version) };
  const reporting = await startReporting(told, logger);
  const { faults, spans } = reporting;
  const engine = { ...readEngineConnection(env), tracing: await engineTracing(spans) };
  const metrics = new Metrics();
  const identity = processIdentity('server');
  const module = AppModule.register({ env, engine, identity, logger, faults, metrics });
  const app = await createApp(module, {
    ...{ logger, metrics, version, bodyLimitBytes: env.BODY_LIMIT_BYTES },
    bodyLimitsBytes: { '/timers/batch': env.BATCH_BODY_LIMIT_BYTES, '/emails': EMAIL_BODY_LIMIT_BYTES },
    trustedProxies: env.TRUSTED_PROXIES,
    needsApiKey: env.API_KEYS === 'on',
    codec: codecAccess(env),
    traced: spans !== undefined,
  });
  await app.listen(env.PORT, env.HOST);
  logger.info({ port: env.PORT, namespace: engine.namespace }, `Server ${version} is up`);
  const close = () => app.close().finally(() => reporting.close());
  return { close, graceMs: env.SHUTDOWN_GRACE_SECONDS * 1000 };
});
