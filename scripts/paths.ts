import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheHome } from '#config/env.js';

/** The checkout. This file runs from there and, built, from `dist`. */
export const ROOT = checkoutOf(fileURLToPath(import.meta.url));

/** Where everything listens that is not meant for other machines. */
export const LOOPBACK_HOST = '127.0.0.1';

export const SERVER_MAIN = join(ROOT, 'dist/apps/server/src/main.js');
export const WORKER_MAIN = join(ROOT, 'dist/apps/worker/src/main.js');

/** A worker looks up names in threads: of 4, the default, a few that do not resolve would hold up all others. */
export const WORKER_THREADS = { UV_THREADPOOL_SIZE: '64' };

/** Where the Go module lies that pins the engine. */
export const ENGINE_MODULE = join(ROOT, 'tools/temporal');

/** Built and fetched engines live outside the checkout, by what they were built from. */
export function engineCache(): string {
  const pins = ['go.mod', 'go.sum'].map((file) => readFileSync(join(ENGINE_MODULE, file)));
  const key = createHash('sha256').update(Buffer.concat(pins)).digest('hex').slice(0, 12);
  return join(cacheHome(), 'timekeeper', `engine-${key}-${process.platform}-${process.arch}`);
}

function checkoutOf(path: string): string {
  return existsSync(join(path, 'package.json')) ? path : checkoutOf(dirname(path));
}
