import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findEngine, NoEngine } from './find-engine.js';

const SCRIPT = '#!/bin/sh\necho engine\n';

describe('the engine', () => {
  let folder: string;
  let server: Server | undefined;
  const said: string[] = [];
  const say = (line: string) => void said.push(line);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'timekeeper-engine-'));
  });

  afterEach(() => void server?.close());

  it('is the one on the PATH, then the one in the cache', async () => {
    const onPath = mkdtempSync(join(folder, 'path-'));
    const cache = mkdtempSync(join(folder, 'cache-'));
    program(join(cache, 'temporal'));
    expect(await findEngine('temporal', { path: onPath, cache, say })).toBe(join(cache, 'temporal'));
    program(join(onPath, 'temporal'));
    expect(await findEngine('temporal', { path: onPath, cache, say })).toBe(join(onPath, 'temporal'));
  });

  it.each([
    ['temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)', undefined],
    ['temporal version 1.31.2', undefined],
    [
      'temporal version 1.5.0 (Server 1.29.1, UI 2.40.0)',
      /has engine 1\.29\.1; Timekeeper is tested with 1\.31\.2/,
    ],
    ['engine', /does not say which version/],
  ])('on the PATH that says %j is taken, and another version told', async (version, notice) => {
    program(join(folder, 'temporal'), `#!/bin/sh\necho '${version}'\n`);
    const lines: string[] = [];
    const found = await findEngine('temporal', { path: folder, say: (line) => void lines.push(line) });
    expect(found).toBe(join(folder, 'temporal'));
    expect(lines).toEqual(notice ? [expect.stringMatching(notice)] : []);
  });

  it('is fetched into the cache when there is none, and runs', async () => {
    program(join(folder, 'temporal'));
    const archive = execFileSync('tar', ['-cz', '-C', folder, 'temporal']);
    const asked: (string | undefined)[] = [];
    const archiveUrl = await serve((url) => {
      asked.push(url);
      return archive;
    });
    const cache = join(folder, 'new-cache');
    const binary = await findEngine('temporal', { path: '', cache, archiveUrl, say });
    expect(binary).toBe(join(cache, 'temporal'));
    expect(execFileSync(binary).toString()).toBe('engine\n');
    expect(asked[0]).toMatch(/^\/v1\.8\.2\?platform=(linux|darwin)&arch=(amd64|arm64)/);
    await findEngine('temporal', { path: '', cache, archiveUrl, say });
    expect(asked).toHaveLength(1);
  });

  it('leaves nothing half done when what was fetched is no archive', async () => {
    const archiveUrl = await serve(() => Buffer.from('<html>not found</html>'));
    const cache = join(folder, 'cache');
    await expect(findEngine('temporal', { path: '', cache, archiveUrl, say })).rejects.toThrow(NoEngine);
    expect(() => execFileSync(join(cache, 'temporal'))).toThrow(/ENOENT/);
  });

  it('is missed with an error that names the ways out', async () => {
    const search = findEngine('temporal', { path: '', cache: folder, archiveUrl: 'http://127.0.0.1:1', say });
    await expect(search).rejects.toThrow(
      /cannot be reached[^]*TEMPORAL_ADDRESS[^]*on the PATH[^]*internet[^]*install Go/,
    );
    const server = findEngine('temporal-server', { path: '', cache: folder, say });
    await expect(server).rejects.toThrow(/temporal-server on the PATH/);
  });

  function program(file: string, script = SCRIPT): void {
    writeFileSync(file, script);
    chmodSync(file, 0o755);
  }

  async function serve(answer: (url: string | undefined) => Buffer): Promise<string> {
    server = createServer((request, response) => response.end(answer(request.url)));
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  }
});
