import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** The release that `tools/temporal/go.mod` pins. */
const CLI_VERSION = '1.8.2';
const OFFICIAL_URL = 'https://temporal.download/cli/archive';
const TIMEOUT_MS = 5 * 60_000;

const PLATFORMS: Record<string, string> = { linux: 'linux', darwin: 'darwin' };
const ARCHITECTURES: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

/** Fetches the official archive of the CLI and puts the binary into the cache, all of it or nothing. */
export async function downloadEngine(cache: string, archiveUrl = OFFICIAL_URL): Promise<string> {
  const platform = PLATFORMS[process.platform];
  const arch = ARCHITECTURES[process.arch];
  if (!platform || !arch) throw new Error(`no official archive for ${process.platform} ${process.arch}`);
  const url = `${archiveUrl}/v${CLI_VERSION}?platform=${platform}&arch=${arch}&format=tar.gz`;
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error: Error) => {
    throw new Error(
      `${archiveUrl} cannot be reached (${(error.cause as Error | undefined)?.message ?? error.message})`,
    );
  });
  if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`);

  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'download-'));
  try {
    const tar = spawn('tar', ['-xz', '-C', folder, 'temporal'], { stdio: ['pipe', 'ignore', 'inherit'] });
    const ended = once(tar, 'exit');
    await pipeline(Readable.fromWeb(response.body), tar.stdin);
    const [code] = (await ended) as [number];
    if (code !== 0) throw new Error(`the archive at ${url} cannot be unpacked`);
    await chmod(join(folder, 'temporal'), 0o755);
    await rename(join(folder, 'temporal'), join(cache, 'temporal'));
    return join(cache, 'temporal');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
