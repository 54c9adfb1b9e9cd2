import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../child.js';
import { ROOT } from '../paths.js';

export interface PostgresOptions {
  dataDir: string;
  port: number;
  user: string;
  password: string;
  /** On top of what every one of ours has. */
  settings?: Record<string, string>;
}

/** PostgreSQL did not start. */
export class PostgresFailed extends Error {}

/** A real PostgreSQL of its own on loopback. fsync and the rest are as PostgreSQL has them. */
export class Postgres {
  private server?: Child;

  constructor(private readonly options: PostgresOptions) {}

  /** A database on it, which need not be there yet. */
  url(database: string): string {
    const { user, password, port } = this.options;
    return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
  }

  /** Whether it was started before: then something may be stored in it. */
  get hasData(): boolean {
    return existsSync(join(this.options.dataDir, 'postgres'));
  }

  get running(): boolean {
    return this.server?.alive ?? false;
  }

  /** The process that all others of PostgreSQL belong to. */
  get pid(): number {
    const pidFile = join(this.options.dataDir, 'postgres/postmaster.pid');
    return Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  }

  /** Resolves when it accepts connections. */
  async start(): Promise<Child> {
    const script = join(ROOT, 'dist/scripts/topology/postgres-server.js');
    const { dataDir } = this.options;
    const logFile = join(dataDir, 'postgres.log');
    mkdirSync(dataDir, { recursive: true });
    const args = [script, JSON.stringify(this.options)];
    this.server = new Child('PostgreSQL', process.execPath, args, { logFile });
    await this.server.said().catch(() => {
      throw new PostgresFailed(`PostgreSQL could not be started, see ${logFile}`);
    });
    return this.server;
  }

  /** kill -9 of the process that all others of PostgreSQL belong to; those end when they see it gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    process.kill(this.pid, signal);
    await this.server?.kill();
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }
}
