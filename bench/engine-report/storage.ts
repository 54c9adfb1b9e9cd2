import pg from 'pg';

/** Of one table of the engine, its indexes and what it keeps apart included. */
export interface TableSize {
  rows: number;
  bytes: number;
}

/** What the engine's PostgreSQL has stored and done so far. */
export interface Snapshot {
  /** By name, those of both of its databases. */
  tables: Record<string, TableSize>;
  statements: number;
  transactions: number;
  walBytes: number;
}

const DATABASES = ['temporal', 'temporal_visibility'];
const NO_TASK = 'schema_';

/** Looks into the engine's databases. */
export class Storage {
  private constructor(private readonly clients: pg.Client[]) {}

  /** `urlOf`: of a database by its name. The PostgreSQL must have `pg_stat_statements` preloaded. */
  static async open(urlOf: (database: string) => string): Promise<Storage> {
    const clients = DATABASES.map((name) => new pg.Client({ connectionString: urlOf(name) }));
    for (const client of clients) {
      await client.connect();
      await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    }
    return new Storage(clients);
  }

  async snapshot(): Promise<Snapshot> {
    const tables: Snapshot['tables'] = {};
    for (const client of this.clients) Object.assign(tables, await sizesOf(client));
    const [client] = this.clients as [pg.Client];
    const { rows } = await client.query<{ statements: number; transactions: number; wal: number }>(`
      SELECT
        (SELECT sum(calls) FROM pg_stat_statements WHERE query !~* '^(begin|commit|rollback)')::float AS statements,
        (SELECT sum(xact_commit) FROM pg_stat_database)::float AS transactions,
        pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float AS wal`);
    const [{ statements = NaN, transactions = NaN, wal = NaN } = {}] = rows;
    return { tables, statements, transactions, walBytes: wal };
  }

  async close(): Promise<void> {
    for (const client of this.clients) await client.end();
  }
}

async function sizesOf(client: pg.Client): Promise<Snapshot['tables']> {
  // So that what is gone does not count as still there.
  await client.query('VACUUM');
  const { rows: names } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_stat_user_tables WHERE schemaname = 'public'`,
  );
  const sizes: Snapshot['tables'] = {};
  for (const { name } of names.filter((table) => !table.name.startsWith(NO_TASK))) {
    const quoted = client.escapeIdentifier(name);
    const { rows } = await client.query<TableSize>(
      `SELECT (SELECT count(*) FROM ${quoted})::int AS rows, pg_total_relation_size($1)::int AS bytes`,
      [name],
    );
    if (rows[0]) sizes[name] = rows[0];
  }
  return sizes;
}
