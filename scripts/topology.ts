import { resolve } from 'node:path';
import { readEnv, searchPath } from '#config/env.js';
import { runProcess } from '#observability/process.js';
import { findEngine } from './engine/find-engine.js';
import { LOOPBACK_HOST, SERVER_MAIN, WORKER_MAIN, WORKER_THREADS } from './paths.js';
import { ensureFree } from './ports.js';
import { secretsKeyIn } from './secrets-key.js';
import { Supervisor } from './supervisor.js';
import { Postgres } from './topology/postgres.js';
import { TemporalServer } from './topology/temporal-server.js';
import { answers, waitUntil } from './wait-until.js';

const WORKERS = 2;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** The topology of docker-compose.yml without containers: PostgreSQL, the engine on it, the server and two workers. */
await runProcess('topology', async () => {
  const env = readEnv();
  const { TEMPORAL_PORT, POSTGRES_PORT, PORT, WORKER_PORT, METRICS_PORT, WORKER_METRICS_PORT } = env;
  const metricsPort = (worker: number) => WORKER_METRICS_PORT && WORKER_METRICS_PORT + worker;
  const second = {
    'WORKER_PORT (plus one)': WORKER_PORT + 1,
    'WORKER_METRICS_PORT (plus one)': metricsPort(1),
  };
  await ensureFree(LOOPBACK_HOST, {
    TEMPORAL_PORT,
    POSTGRES_PORT,
    PORT,
    WORKER_PORT,
    METRICS_PORT,
    WORKER_METRICS_PORT,
    ...second,
  });
  const binary = await findEngine('temporal-server', { path: searchPath(), say });
  const dataDir = resolve(env.DATA_DIR);

  const graceMs = env.SHUTDOWN_GRACE_SECONDS * 1000 + 10_000;
  const parts = new Supervisor(say, graceMs);
  const running = { close: () => parts.stop(), graceMs: 6 * graceMs };
  try {
    say('Starting PostgreSQL and the engine on it.');
    const postgres = new Postgres({
      dataDir,
      port: POSTGRES_PORT,
      user: 'temporal',
      password: env.POSTGRES_PASSWORD,
    });
    parts.watch(await postgres.start());
    const server = await TemporalServer.prepare({
      ...{ binary, dataDir, port: TEMPORAL_PORT },
      postgresPort: POSTGRES_PORT,
      postgresPassword: env.POSTGRES_PASSWORD,
    });
    parts.watch(server.start());
    await server.setUpNamespace();

    const shared = {
      // A profile in the user's configuration file is for other engines than ours.
      ...{ TEMPORAL_ADDRESS: `${LOOPBACK_HOST}:${TEMPORAL_PORT}`, TEMPORAL_CONFIG_FILE: 'none' },
      ...(env.DATABASE_URL ? {} : { DATABASE_URL: postgres.url('timekeeper') }),
      ...(env.SECRETS_KEY.length > 0 ? {} : { SECRETS_KEY: secretsKeyIn(dataDir) }),
    };
    for (let worker = 0; worker < WORKERS; worker++) {
      const extra = {
        ...shared,
        ...WORKER_THREADS,
        HOST: LOOPBACK_HOST,
        WORKER_PORT: String(WORKER_PORT + worker),
        WORKER_METRICS_PORT: String(metricsPort(worker)),
      };
      parts.startNode(`worker ${worker + 1}`, WORKER_MAIN, { env: extra });
    }
    parts.startNode('server', SERVER_MAIN, { env: { ...shared, HOST: LOOPBACK_HOST } });
    const api = `http://${LOOPBACK_HOST}:${PORT}`;
    await waitUntil('the server is ready', () => answers(`${api}/health/ready`), { timeoutMs: 60_000 });
    say(`Running on PostgreSQL: API ${api}, Swagger ${api}/api-docs`);
    say(`Engine on ${LOOPBACK_HOST}:${TEMPORAL_PORT}, data in ${dataDir}`);
    return running;
  } catch (error) {
    await parts.stop();
    throw error;
  }
});
