import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder for the engine's data cannot be used. */
export class DataDirUnusable extends Error {}

/** Makes the folder and takes it for this process: two engines on one database file would ruin it. */
export function takeDataDir(path: string): string {
  const dataDir = resolve(path);
  const lock = join(dataDir, 'engine.pid');
  try {
    mkdirSync(dataDir, { recursive: true });
    const owner = ownerOf(lock);
    if (owner)
      throw new DataDirUnusable(
        `The data in ${dataDir} is in use by process ${owner}. Set DATA_DIR to another folder.`,
      );
    writeFileSync(lock, String(process.pid));
  } catch (error) {
    if (error instanceof DataDirUnusable) throw error;
    throw new DataDirUnusable(`DATA_DIR is "${path}", which cannot be used: ${(error as Error).message}`);
  }
  return dataDir;
}

// A process that was killed leaves its number behind.
function ownerOf(lock: string): number | undefined {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    process.kill(pid, 0);
    return pid === process.pid ? undefined : pid;
  } catch {
    return undefined;
  }
}
