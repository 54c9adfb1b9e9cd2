import { chmodSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from '../../scripts/child.js';
import { DYNAMIC_CONFIG_FILE } from '../../scripts/engine/dynamic-config.js';
import { startEmbeddedEngine } from '../../scripts/engine/embedded-engine.js';
import { findEngine } from '../../scripts/engine/find-engine.js';
import type { EngineBinary } from '../../scripts/engine/find-engine.js';
import { ROOT } from '../../scripts/paths.js';
import { freePort } from '../../scripts/ports.js';
import { Postgres } from '../../scripts/topology/postgres.js';
import { TemporalServer } from '../../scripts/topology/temporal-server.js';

/** An engine of a test's own, on either topology. */
export interface TestEngine {
  address: string;
  start(): Promise<void>;
  /** kill -9 of every process of it. */
  kill(): Promise<void>;
  /** To the process that answers. */
  signal(signal: NodeJS.Signals): void;
  /** Every byte of what it has stored. */
  stored(): Promise<Buffer>;
  stop(): Promise<void>;
}

export type TopologyName = 'embedded' | 'postgres';

/** Which topology the tests run on: `npm run test:e2e` and `npm run test:topology` differ in nothing else. */
export const TOPOLOGY: TopologyName = process.env.TEST_TOPOLOGY === 'postgres' ? 'postgres' : 'embedded';

/** A folder for the data and logs of one test file. PostgreSQL, under a user of its own, must be able to enter it. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'timekeeper-test-'));
  chmodSync(folder, 0o755);
  return folder;
}

export interface TestEngineOptions {
  dataDir: string;
  topology?: TopologyName;
  /** Settings of the engine on top of those that it always has. */
  dynamicConfig?: Record<string, string>;
  /** Settings of its PostgreSQL, likewise. */
  postgresSettings?: Record<string, string>;
}

export async function createEngine(options: TestEngineOptions): Promise<TestEngine> {
  const { dataDir, topology = TOPOLOGY, dynamicConfig = {}, postgresSettings } = options;
  const extra = Object.entries(dynamicConfig).map(([key, value]) => `${key}:\n  - value: ${value}\n`);
  const dynamicConfigFile = join(dataDir, 'dynamic-config.yaml');
  writeFileSync(dynamicConfigFile, readFileSync(DYNAMIC_CONFIG_FILE, 'utf8') + extra.join(''));
  return topology === 'embedded'
    ? createEmbedded(dataDir, dynamicConfigFile)
    : createOnPostgres(dataDir, dynamicConfigFile, postgresSettings);
}

async function createEmbedded(dataDir: string, dynamicConfigFile: string): Promise<TestEngine> {
  const options = {
    binary: await engineBinary('temporal'),
    port: await freePort(),
    uiPort: await freePort(),
    dataDir,
    dynamicConfigFile,
  };
  let engine: Child;
  return {
    address: `127.0.0.1:${options.port}`,
    start: () => {
      engine = startEmbeddedEngine(options);
      return Promise.resolve();
    },
    kill: () => engine.kill(),
    signal: (signal) => engine.signal(signal),
    stored: () => {
      const files = readdirSync(dataDir).filter((name) => name.startsWith('engine.db'));
      return Promise.resolve(Buffer.concat(files.map((name) => readFileSync(join(dataDir, name)))));
    },
    stop: () => engine.stop().then(() => undefined),
  };
}

/** On PostgreSQL there is one more part to kill. */
export interface PostgresEngine extends TestEngine {
  postgres: Postgres;
}

async function createOnPostgres(
  dataDir: string,
  dynamicConfigFile: string,
  settings?: Record<string, string>,
): Promise<PostgresEngine> {
  const options = {
    binary: await engineBinary('temporal-server'),
    port: await freePort(),
    postgresPort: await freePort(),
    postgresPassword: 'timekeeper',
    dataDir,
    dynamicConfigFile,
  };
  const database = {
    dataDir,
    port: options.postgresPort,
    user: 'temporal',
    password: 'timekeeper',
    settings,
  };
  const postgres = new Postgres(database);
  let server: TemporalServer | undefined;
  let engine: Child;
  return {
    address: `127.0.0.1:${options.port}`,
    postgres,
    start: async () => {
      if (!postgres.running) await postgres.start();
      const first = !server;
      server ??= await TemporalServer.prepare(options);
      engine = server.start();
      if (first) await server.setUpNamespace();
    },
    kill: async () => {
      await Promise.all([engine.kill(), postgres.kill()]);
    },
    signal: (signal) => engine.signal(signal),
    stored: async () => {
      const [script, file] = [join(ROOT, 'dist/test/support/read-postgres.js'), join(dataDir, 'dump')];
      const how = await new Child('dump', process.execPath, [script, JSON.stringify(database), file]).exited;
      if (how !== 'code 0') throw new Error(`the database could not be read (${how})`);
      return readFileSync(file);
    },
    stop: async () => {
      await engine.stop();
      await postgres.stop();
    },
  };
}

/** A PostgreSQL of our own: the engine's where it has one, which it starts itself; else one that is still to be started. */
export async function createDatabase(engine: TestEngine, dataDir: string): Promise<Postgres> {
  const { postgres } = engine as Partial<PostgresEngine>;
  const user = { user: 'timekeeper', password: 'timekeeper' };
  return postgres ?? new Postgres({ dataDir: join(dataDir, 'database'), port: await freePort(), ...user });
}

function engineBinary(binary: EngineBinary): Promise<string> {
  return findEngine(binary, {
    path: process.env.PATH ?? '',
    say: (line) => process.stderr.write(`${line}\n`),
  });
}
