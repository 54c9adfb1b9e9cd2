import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { ENGINE_MODULE } from '../paths.js';

/** `go build` names a binary after its package. */
const BINARIES = { temporal: 'temporal', server: 'temporal-server', sql: 'temporal-sql-tool' };

export async function hasGo(path: string): Promise<boolean> {
  const go = path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, 'go'))
    .find(existsSync);
  if (!go) return false;
  return run(go, ['version'], () => undefined).then(
    () => true,
    () => false,
  );
}

/** Builds everything that `tools/temporal/go.mod` names as a tool into the cache. */
export async function buildEngine(cache: string, say: (line: string) => void): Promise<void> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'build-'));
  let packages = 0;
  const progress = setInterval(() => say(`  … building, ${packages} packages done`), 20_000);
  try {
    await run(
      'go',
      ['build', '-v', '-trimpath', '-ldflags=-s -w', '-o', `${folder}/`, 'tool'],
      () => packages++,
    );
    for (const [built, name] of Object.entries(BINARIES))
      await rename(join(folder, built), join(cache, name));
  } finally {
    clearInterval(progress);
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(command: string, args: string[], onLine: (line: string) => void): Promise<void> {
  const child = spawn(command, args, { cwd: ENGINE_MODULE, stdio: ['ignore', 'ignore', 'pipe'] });
  const last: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    onLine(line);
    last.push(line);
    if (last.length > 10) last.shift();
  });
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args[0]} failed:\n${last.join('\n')}`)),
    );
  });
}
