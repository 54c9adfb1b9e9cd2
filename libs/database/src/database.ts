import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';

/** From the checkout's root, because the build leaves SQL files where they are. */
const MIGRATIONS = fileURLToPath(new URL('../../../../libs/database/migrations', import.meta.url));
/** Any number, as long as nothing else in this database locks by the same. */
const MIGRATION_LOCK = 7_403_812;
const CONNECT_TIMEOUT_MS = 1_500;

const UNKNOWN_DATABASE = '3D000';
/** Somebody else has created it in the same moment. */
const ALREADY_THERE = new Set(['42P04', '23505']);

/** How much of the database one `Database` takes, and how long it waits for it. */
export interface DatabaseLimits {
  connections: number;
  /** For a connection that is free, or a new one. */
  connectTimeoutMs: number;
  queryTimeoutMs: number;
}

/** Where somebody waits for the answer. */
const FOR_REQUESTS: DatabaseLimits = {
  connections: 10,
  connectTimeoutMs: CONNECT_TIMEOUT_MS,
  queryTimeoutMs: 3_000,
};

/** Where many jobs wait for their turn, none of them in a hurry. */
export const FOR_JOBS: DatabaseLimits = { connections: 20, connectTimeoutMs: 30_000, queryTimeoutMs: 60_000 };

/** Where a moment's question must not wait for those above: a lock that is not kept in time is lost. */
export const FOR_LOCKS: DatabaseLimits = { ...FOR_JOBS, connections: 4 };

/** PostgreSQL of our own. Connects when it is first asked; after an outage it works again by itself. */
export class Database {
  readonly orm: NodePgDatabase;
  private readonly pool: pg.Pool;

  /** `onLost`: a connection that nobody used was lost. */
  constructor(
    private readonly url: string,
    onLost: (error: Error) => void,
    { connections, connectTimeoutMs, queryTimeoutMs }: DatabaseLimits = FOR_REQUESTS,
  ) {
    this.pool = new pg.Pool({
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: queryTimeoutMs,
      keepAlive: true,
      application_name: 'timekeeper',
    });
    this.pool.on('error', onLost);
    // One that is lost between two queries of a transaction would else end the process; the next query rejects.
    this.pool.on('connect', (client) => client.on('error', () => undefined));
    this.orm = drizzle({ client: this.pool });
  }

  /** Creates the database where it is missing, and brings its tables up to date. Many processes may do so at once. */
  async prepare(): Promise<void> {
    const client = await this.connect().catch(async (error: { code?: string }) => {
      if (error.code !== UNKNOWN_DATABASE) throw error;
      await this.create();
      return this.connect();
    });
    try {
      await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
      await migrate(drizzle({ client }), { migrationsFolder: MIGRATIONS });
    } finally {
      // Gives the lock back as well.
      await client.end();
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  // Not from the pool: a migration may take longer than a query, and so may waiting for another process to do it.
  private async connect(url = this.url): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  private async create(): Promise<void> {
    const url = new URL(this.url);
    const name = decodeURIComponent(url.pathname.slice(1));
    url.pathname = '/postgres';
    const client = await this.connect(url.href);
    try {
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
    } catch (error) {
      if (!ALREADY_THERE.has((error as { code?: string }).code ?? '')) throw error;
    } finally {
      await client.end();
    }
  }
}
