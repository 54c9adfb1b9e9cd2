import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { searchPath } from '#config/env.js';
import { Child } from '../child.js';
import { DYNAMIC_CONFIG_FILE } from '../engine/dynamic-config.js';
import { ROOT } from '../paths.js';
import { freePort } from '../ports.js';

export interface TemporalServerOptions {
  /** `temporal-server`; the other binaries lie beside it. */
  binary: string;
  port: number;
  postgresPort: number;
  postgresPassword: string;
  dataDir: string;
  dynamicConfigFile?: string;
}

/** A set-up script has failed. */
export class SetupFailed extends Error {}

/** `temporal-server` on PostgreSQL, set up by the scripts and the environment file that docker-compose.yml uses. */
export class TemporalServer {
  private constructor(
    private readonly options: TemporalServerOptions,
    private readonly env: Record<string, string>,
  ) {}

  /** Prepares the databases and picks the inner ports, which stay the same over restarts. */
  static async prepare(options: TemporalServerOptions): Promise<TemporalServer> {
    const server = new TemporalServer(options, await serverEnvironment(options));
    await server.run('setup-schema.sh');
    return server;
  }

  start(): Child {
    const { binary, dataDir } = this.options;
    const args = ['--allow-no-auth', 'start'];
    return new Child('engine', binary, args, {
      env: this.env,
      logFile: join(dataDir, 'engine.log'),
      cwd: dataDir,
    });
  }

  /** To be called when it is running. */
  async setUpNamespace(): Promise<void> {
    await this.run('setup-namespace.sh');
  }

  private async run(script: string): Promise<void> {
    const { binary, dataDir } = this.options;
    const env = { ...this.env, PATH: `${dirname(binary)}:${searchPath()}` };
    const logFile = join(dataDir, 'setup.log');
    const child = new Child(script, 'sh', [join(ROOT, 'deploy/temporal', script)], { env, logFile });
    const how = await child.exited;
    if (how !== 'code 0') throw new SetupFailed(`${script} has ended with ${how}, see ${logFile}`);
  }
}

async function serverEnvironment(options: TemporalServerOptions): Promise<Record<string, string>> {
  const { port, postgresPort, postgresPassword, dynamicConfigFile = DYNAMIC_CONFIG_FILE } = options;
  const shared = parseEnv(readFileSync(join(ROOT, 'deploy/temporal/temporal.env'), 'utf8')) as Record<
    string,
    string
  >;
  const inner: Record<string, string> = {};
  for (const service of ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER']) {
    if (service !== 'FRONTEND') inner[`${service}_GRPC_PORT`] = String(await freePort());
    inner[`${service}_MEMBERSHIP_PORT`] = String(await freePort());
  }
  return {
    ...shared,
    ...inner,
    POSTGRES_SEEDS: '127.0.0.1',
    POSTGRES_PWD: postgresPassword,
    DB_PORT: String(postgresPort),
    BIND_ON_IP: '127.0.0.1',
    FRONTEND_GRPC_PORT: String(port),
    FRONTEND_HTTP_PORT: String(await freePort()),
    DYNAMIC_CONFIG_FILE_PATH: dynamicConfigFile,
    TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
  };
}
