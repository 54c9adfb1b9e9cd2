import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SEARCH_ATTRIBUTES } from '#contracts/search-attributes.js';
import { Child } from '../child.js';
import { LOOPBACK_HOST } from '../paths.js';
import { DYNAMIC_CONFIG_FILE, dynamicConfigFlags } from './dynamic-config.js';

/** As the CLI spells them. */
const TYPES: Record<string, string> = {
  KEYWORD: 'Keyword',
  KEYWORD_LIST: 'KeywordList',
  DATETIME: 'Datetime',
};

export interface EmbeddedEngineOptions {
  /** The `temporal` binary. */
  binary: string;
  port: number;
  uiPort: number;
  dataDir: string;
  dynamicConfigFile?: string;
}

/**
 * An engine in one process with a database file. Write-ahead logging with synchronous=NORMAL is three times as fast as
 * SQLite's default; a crash of the process loses nothing, a power failure may lose the last moments.
 */
export function startEmbeddedEngine(options: EmbeddedEngineOptions): Child {
  const { binary, port, uiPort, dataDir } = options;
  mkdirSync(dataDir, { recursive: true });
  const attributes = SEARCH_ATTRIBUTES.flatMap(({ name, type }) => [
    '--search-attribute',
    `${name}=${TYPES[type]}`,
  ]);
  const args = [
    ...[
      'server',
      'start-dev',
      '--ip',
      LOOPBACK_HOST,
      '--port',
      `${port}`,
      '--ui-ip',
      LOOPBACK_HOST,
      '--ui-port',
      `${uiPort}`,
    ],
    ...['--db-filename', resolve(join(dataDir, 'engine.db'))],
    ...[
      '--sqlite-pragma',
      'journal_mode=WAL',
      '--sqlite-pragma',
      'synchronous=NORMAL',
      '--log-level',
      'warn',
    ],
    ...attributes,
    ...dynamicConfigFlags(options.dynamicConfigFile ?? DYNAMIC_CONFIG_FILE),
  ];
  return new Child('engine', binary, args, { logFile: join(dataDir, 'engine.log') });
}
