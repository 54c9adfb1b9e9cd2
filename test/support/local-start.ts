import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../../scripts/child.js';
import { ROOT } from '../../scripts/paths.js';
import { freePort } from '../../scripts/ports.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { testFolder } from './topology.js';

const PORTS = [
  ...['PORT', 'WORKER_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT', 'DATABASE_PORT'],
  ...['METRICS_PORT', 'WORKER_METRICS_PORT', 'MAILBOX_SMTP_PORT', 'MAILBOX_PORT'],
];

/** `npm start` in a folder of its own, on ports that are free. */
export class LocalStart {
  static readonly script = join(ROOT, 'dist/scripts/start.js');
  private child?: Child;

  private constructor(
    readonly folder: string,
    readonly env: Record<string, string>,
  ) {}

  static async prepare(more: Record<string, string>): Promise<LocalStart> {
    const folder = testFolder();
    const chosen = await Promise.all(PORTS.map(async (name) => [name, String(await freePort())]));
    return new LocalStart(folder, {
      ...(Object.fromEntries(chosen) as Record<string, string>),
      ...{ DATA_DIR: join(folder, 'data'), ...more },
    });
  }

  get ports(): number[] {
    return PORTS.map((name) => Number(this.env[name]));
  }

  /** What it has said since it was started first. */
  get output(): string {
    try {
      return readFileSync(this.logFile, 'utf8');
    } catch {
      return '';
    }
  }

  /** Resolves when everything runs. */
  async start(): Promise<Child> {
    const before = this.output.length;
    const { env, folder, logFile } = this;
    this.child = new Child('start', process.execPath, [LocalStart.script], { env, logFile, cwd: folder });
    const runs = () => this.output.slice(before).includes('Timekeeper is running');
    await waitUntil('everything runs', runs, { timeoutMs: 60_000 });
    return this.child;
  }

  async kill(): Promise<void> {
    await this.child?.kill();
  }

  async stop(): Promise<void> {
    await this.child?.stop();
  }

  private get logFile(): string {
    return join(this.folder, 'start.log');
  }
}
