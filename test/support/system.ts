import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import supertest from 'supertest';
import type { Postgres } from '../../scripts/topology/postgres.js';
import { App } from './app.js';
import { createDatabase, createEngine, testFolder } from './topology.js';
import type { PostgresEngine, TestEngine, TopologyName } from './topology.js';

export interface SystemOptions {
  servers?: number;
  workers?: number;
  /** On top of what lets tests deliver to this machine. */
  env?: Record<string, string>;
  /** Of the workers alone, on top of that. */
  workerEnv?: Record<string, string>;
  topology?: TopologyName;
  /** Settings of the engine on top of those that it always has. */
  dynamicConfig?: Record<string, string>;
  /** Settings of the engine's PostgreSQL, likewise. */
  postgresSettings?: Record<string, string>;
  /** Whether there is a PostgreSQL of our own for tenants, keys and secrets. */
  database?: boolean;
}

export interface TimerBody {
  id: string;
  status: string;
  url: string | null;
  fire_at: string;
  time_left: number;
  next_attempt_at: string | null;
  attempts?: number;
  version?: number;
}

/** A whole Timekeeper of a test file's own: engine, servers and workers as real processes. */
export class System {
  private constructor(
    readonly folder: string,
    readonly engine: TestEngine,
    readonly servers: App[],
    readonly workers: App[],
    /** Of ours; only in tests that ask for it. */
    readonly database?: Postgres,
  ) {}

  static async start(options: SystemOptions = {}): Promise<System> {
    const { servers = 1, workers = 1, env = {}, workerEnv = {} } = options;
    const { topology, dynamicConfig, postgresSettings, database = false } = options;
    const folder = testFolder();
    const engine = await createEngine({ dataDir: folder, topology, dynamicConfig, postgresSettings });
    const postgres = database ? await createDatabase(engine, folder) : undefined;
    const shared = {
      ...{ TEMPORAL_ADDRESS: engine.address, DELIVERY_ALLOW_CIDRS: '127.0.0.0/8,::1/128' },
      ...(postgres && {
        DATABASE_URL: postgres.url('timekeeper'),
        SECRETS_KEY: randomBytes(32).toString('base64'),
      }),
      ...env,
    };
    const make = (kind: 'server' | 'worker', count: number, own: Record<string, string>) =>
      Promise.all(
        Array.from({ length: count }, (_, index) =>
          App[kind](`${kind}-${index + 1}`, folder, { ...shared, ...own }),
        ),
      );
    const apps = [await make('server', servers, {}), await make('worker', workers, workerEnv)] as const;
    const system = new System(folder, engine, ...apps, postgres);
    const isOwn = postgres !== system.postgres;
    await Promise.all([engine.start(), isOwn && postgres?.start()]);
    system.startApps();
    await system.ready();
    return system;
  }

  get apps(): App[] {
    return [...this.servers, ...this.workers];
  }

  get server(): App {
    return this.servers[0] as App;
  }

  get worker(): App {
    return this.workers[0] as App;
  }

  /** The engine's PostgreSQL; only in tests for that topology. */
  get postgres() {
    return (this.engine as PostgresEngine).postgres;
  }

  /** supertest on a server. */
  api(server = this.server) {
    return supertest(server.url);
  }

  startApps(): void {
    for (const app of this.apps) app.start();
  }

  async ready(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.ready()));
  }

  /** Sets a timer, which must be accepted. */
  async post(body: object, server = this.server): Promise<TimerBody> {
    const { body: timer } = await this.api(server).post('/timers').send(body).expect(201);
    return timer as TimerBody;
  }

  async get(id: string, server = this.server): Promise<TimerBody> {
    const { body: timer } = await this.api(server).get(`/timers/${id}`).expect(200);
    return timer as TimerBody;
  }

  /** kill -9 of everything. */
  async killAll(): Promise<void> {
    await Promise.all([...this.apps.map((app) => app.kill()), this.engine.kill()]);
  }

  async stop(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.stop()));
    await this.engine.stop();
    await this.database?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
