import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Of the engine, whatever binary it is in; the one that `tools/temporal/go.mod` pins, and that everything is tested with. */
export const ENGINE_VERSION = '1.31.2';

const TIMEOUT_MS = 5_000;

/** Says so if a binary that somebody else has put there has an engine of another version. */
export async function checkVersion(binary: string, say: (line: string) => void): Promise<void> {
  const version = await versionOf(binary);
  if (version === ENGINE_VERSION) return;
  const found = version === undefined ? 'does not say which version its engine has' : `has engine ${version}`;
  say(
    `${binary}, which is on the PATH, ${found}; Timekeeper is tested with ${ENGINE_VERSION}. If something is odd, take it ` +
      'off the PATH: then the right one is fetched.',
  );
}

// The CLI: `temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)`, the server: `temporal version 1.31.2`.
async function versionOf(binary: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(binary, ['--version'], { timeout: TIMEOUT_MS });
    return (/\bServer (\d+\.\d+\.\d+)/.exec(stdout) ?? /\bversion (\d+\.\d+\.\d+)/.exec(stdout))?.[1];
  } catch {
    return undefined;
  }
}
