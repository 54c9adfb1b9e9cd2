import 'reflect-metadata';
import { readEngineConnection, readEnv } from '#config/env.js';
import { readVersion } from '#config/version.js';
import { createLogger } from '#observability/logger.js';
import { runProcess } from '#observability/process.js';
import { processIdentity } from '#temporal/connection.js';
import { AppModule } from './app.module.js';
import { codecAccess } from './codec/codec-access.js';
import { createApp } from './http/create-app.js';

await runProcess('server', async () => {
  const env = readEnv();
  const version = readVersion();
  const logger = createLogger({ name: 'server', level: env.LOG_LEVEL, format: env.LOG_FORMAT });
  const engine = readEngineConnection(env);
  const module = AppModule.register({ env, engine, identity: processIdentity('server'), logger });
  const app = await createApp(module, {
    ...{ logger, version, bodyLimitBytes: env.BODY_LIMIT_BYTES },
    bodyLimitsBytes: { '/timers/batch': env.BATCH_BODY_LIMIT_BYTES },
    trustedProxies: env.TRUSTED_PROXIES,
    needsApiKey: env.API_KEYS === 'on',
    codec: codecAccess(env),
  });
  await app.listen(env.PORT, env.HOST);
  logger.info({ port: env.PORT, namespace: engine.namespace }, `Server ${version} is up`);
  return { close: () => app.close(), graceMs: env.SHUTDOWN_GRACE_SECONDS * 1000 };
});
