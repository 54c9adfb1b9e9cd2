import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { engineCache } from '../paths.js';
import { buildEngine, hasGo } from './build-engine.js';
import { downloadEngine } from './download-engine.js';
import { checkVersion } from './engine-version.js';

/** `temporal` is the CLI with an engine in it; the other two run the engine on PostgreSQL. */
export type EngineBinary = 'temporal' | 'temporal-server' | 'temporal-sql-tool';

/** There is no engine and no way to get one. */
export class NoEngine extends Error {}

export interface FindEngineOptions {
  path: string;
  cache?: string;
  /** Where official archives of the CLI are fetched from. */
  archiveUrl?: string;
  say: (line: string) => void;
}

/** Finds a binary of the engine: on the PATH, in the cache, by download (the CLI only), or by building it with Go. */
export async function findEngine(
  binary: EngineBinary,
  { path, cache = engineCache(), archiveUrl, say }: FindEngineOptions,
): Promise<string> {
  const onPath = findOnPath(binary, path);
  if (onPath) {
    await checkVersion(onPath, say);
    return onPath;
  }
  const cached = executable(join(cache, binary));
  if (cached) return cached;
  const failures: string[] = [];
  if (binary === 'temporal') {
    try {
      say('No Temporal engine found yet. Fetching it, once.');
      return await downloadEngine(cache, archiveUrl);
    } catch (error) {
      failures.push(`download: ${(error as Error).message}`);
    }
  }
  if (await hasGo(path)) {
    say(
      `${failures.at(-1) ?? 'No Temporal engine found yet.'} Building it with Go, once; this takes about 5 minutes.`,
    );
    await buildEngine(cache, say);
    return join(cache, binary);
  }
  throw new NoEngine(
    [
      `There is no ${binary} binary, and none could be had (${[...failures, 'no Go toolchain'].join('; ')}). Four ways out:`,
      '  - set TEMPORAL_ADDRESS to an engine that runs already, and start server and worker alone',
      `  - put ${binary} on the PATH`,
      '  - connect to the internet, so that the official CLI can be fetched',
      '  - install Go (https://go.dev/dl), so that it can be built',
    ].join('\n'),
  );
}

function findOnPath(binary: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => executable(join(folder, binary)))
    .find(Boolean);
}

function executable(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK);
    return file;
  } catch {
    return undefined;
  }
}
