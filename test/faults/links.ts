import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheHome } from '#config/env.js';
import { Child } from '../../scripts/child.js';
import { ROOT } from '../../scripts/paths.js';
import { freePort } from '../../scripts/ports.js';
import { answers, waitUntil } from '../../scripts/wait-until.js';

const MODULE = join(ROOT, 'tools/toxiproxy');

/** One way from a process to another, through toxiproxy. */
export class Link {
  constructor(
    private readonly api: string,
    readonly address: string,
  ) {}

  /** Connections end, and new ones are refused. */
  async cut(): Promise<void> {
    await this.ask('POST', '', { enabled: false });
  }

  /** Connections stay, and nothing goes through any more. */
  async silence(): Promise<void> {
    for (const stream of ['upstream', 'downstream'])
      await this.ask('POST', '/toxics', {
        name: stream,
        type: 'timeout',
        stream,
        attributes: { timeout: 0 },
      });
  }

  async delay(latency: number, jitter: number): Promise<void> {
    for (const stream of ['upstream', 'downstream'])
      await this.ask('POST', '/toxics', {
        name: stream,
        type: 'latency',
        stream,
        attributes: { latency, jitter },
      });
  }

  /** So many kilobytes per second. */
  async narrow(rate: number): Promise<void> {
    for (const stream of ['upstream', 'downstream'])
      await this.ask('POST', '/toxics', { name: stream, type: 'bandwidth', stream, attributes: { rate } });
  }

  /** As good as new. */
  async mend(): Promise<void> {
    await this.ask('POST', '', { enabled: true });
    for (const { name } of await this.ask<{ name: string }[]>('GET', '/toxics'))
      await this.ask('DELETE', `/toxics/${name}`);
  }

  private async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.api}${path}`, { method, body: body && JSON.stringify(body) });
    if (!response.ok) throw new Error(`toxiproxy: ${method} ${path} was answered with ${response.status}`);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }
}

/** Toxiproxy as a process. */
export class Links {
  private constructor(
    private readonly child: Child,
    private readonly api: string,
  ) {}

  static async start(folder: string): Promise<Links> {
    const port = await freePort();
    const args = ['-host', '127.0.0.1', '-port', String(port)];
    const child = new Child('toxiproxy', await findToxiproxy(), args, {
      logFile: join(folder, 'toxiproxy.log'),
    });
    const api = `http://127.0.0.1:${port}`;
    await waitUntil('toxiproxy answers', () => answers(`${api}/version`));
    return new Links(child, api);
  }

  async to(upstream: string): Promise<Link> {
    const port = await freePort();
    const [name, listen] = [`link-${port}`, `127.0.0.1:${port}`];
    const response = await fetch(`${this.api}/proxies`, {
      ...{ method: 'POST', body: JSON.stringify({ name, listen, upstream, enabled: true }) },
    });
    if (response.status !== 201) throw new Error(`toxiproxy refuses a proxy: ${await response.text()}`);
    return new Link(`${this.api}/proxies/${name}`, listen);
  }

  async stop(): Promise<void> {
    await this.child.stop();
  }
}

/** The one that was built before from these pins, or else a new one. */
async function findToxiproxy(): Promise<string> {
  const pins = ['go.mod', 'go.sum'].map((file) => readFileSync(join(MODULE, file)));
  const key = createHash('sha256').update(Buffer.concat(pins)).digest('hex').slice(0, 12);
  const folder = join(cacheHome(), 'timekeeper', `toxiproxy-${key}`);
  const binary = join(folder, 'toxiproxy');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const unfinished = `${binary}.${process.pid}`;
  const build = ['build', '-trimpath', '-o', unfinished, 'github.com/Shopify/toxiproxy/v2/cmd/server'];
  await promisify(execFile)('go', build, { cwd: MODULE });
  renameSync(unfinished, binary);
  return binary;
}
