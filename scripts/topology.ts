import { resolve } from 'node:path';
import { readEnv, searchPath } from '#config/env.js';
import { runProcess } from '#observability/process.js';
import { Child } from './child.js';
import { findEngine } from './engine/find-engine.js';
import { SERVER_MAIN, WORKER_MAIN } from './paths.js';
import { ensureFree } from './ports.js';
import { Postgres } from './topology/postgres.js';
import { TemporalServer } from './topology/temporal-server.js';
import { answers, waitUntil } from './wait-until.js';

const WORKERS = 2;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** The topology of docker-compose.yml without containers: PostgreSQL, the engine on it, the server and two workers. */
await runProcess('topology', async () => {
  const env = readEnv();
  const { TEMPORAL_PORT, POSTGRES_PORT, PORT, WORKER_PORT } = env;
  const second = { 'WORKER_PORT (plus one)': WORKER_PORT + 1 };
  await ensureFree('127.0.0.1', { TEMPORAL_PORT, POSTGRES_PORT, PORT, WORKER_PORT, ...second });
  const binary = await findEngine('temporal-server', { path: searchPath(), say });
  const dataDir = resolve(env.DATA_DIR);

  const children: Child[] = [];
  const postgres = new Postgres({
    dataDir,
    port: POSTGRES_PORT,
    user: 'temporal',
    password: env.POSTGRES_PASSWORD,
  });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= stopInOrder(children, postgres));
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => void stop().then(() => process.exit(0)));
  const watch = (child: Child) => {
    children.push(child);
    void child.exited.then(async (how) => {
      if (!stopping) say(`The ${child.name} has ended (${how}). Stopping the rest.`);
      await stop();
      process.exit(1);
    });
  };

  try {
    say('Starting PostgreSQL and the engine on it.');
    await postgres.start();
    const server = await TemporalServer.prepare({
      ...{ binary, dataDir, port: TEMPORAL_PORT },
      postgresPort: POSTGRES_PORT,
      postgresPassword: env.POSTGRES_PASSWORD,
    });
    watch(server.start());
    await server.setUpNamespace();

    const address = { TEMPORAL_ADDRESS: `127.0.0.1:${TEMPORAL_PORT}` };
    for (let worker = 0; worker < WORKERS; worker++) {
      const extra = { ...address, WORKER_PORT: String(WORKER_PORT + worker) };
      watch(new Child(`worker ${worker + 1}`, process.execPath, [WORKER_MAIN], { env: extra }));
    }
    watch(new Child('server', process.execPath, [SERVER_MAIN], { env: address }));
    const api = `http://127.0.0.1:${PORT}`;
    await waitUntil('the server is ready', () => answers(`${api}/health/ready`), { timeoutMs: 60_000 });
    say(
      `Running on PostgreSQL: API ${api}, Swagger ${api}/api-docs, engine 127.0.0.1:${TEMPORAL_PORT}, data in ${dataDir}`,
    );
  } catch (error) {
    await stop();
    throw error;
  }
});

async function stopInOrder(children: Child[], postgres: Postgres): Promise<void> {
  say('\nStopping: server, workers, engine, PostgreSQL.');
  for (const child of children.toReversed()) await child.stop();
  await postgres.stop();
}
