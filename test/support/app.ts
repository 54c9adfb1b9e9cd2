import { join } from 'node:path';
import { Child } from '../../scripts/child.js';
import { SERVER_MAIN, WORKER_MAIN } from '../../scripts/paths.js';
import { freePort } from '../../scripts/ports.js';
import { answers, waitUntil } from '../../scripts/wait-until.js';

/** One process of the server or the worker, as users run it. It can be killed and started again. */
export class App {
  private child?: Child;

  private constructor(
    readonly name: string,
    private readonly main: string,
    private readonly portVariable: string,
    private readonly port: number,
    /** What it is started with. */
    readonly environment: Record<string, string>,
    private readonly folder: string,
  ) {}

  static async server(name: string, folder: string, env: Record<string, string>): Promise<App> {
    return new App(name, SERVER_MAIN, 'PORT', await freePort(), env, folder);
  }

  /** `main`: of another build than this one. */
  static async worker(
    name: string,
    folder: string,
    env: Record<string, string>,
    main = WORKER_MAIN,
  ): Promise<App> {
    return new App(name, main, 'WORKER_PORT', await freePort(), env, folder);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get logFile(): string {
    return join(this.folder, `${this.name}.log`);
  }

  get process(): Child {
    if (!this.child) throw new Error(`${this.name} was not started`);
    return this.child;
  }

  /** Starts the process; see `ready`. */
  start(extra: Record<string, string> = {}): void {
    const quiet = { LOG_FORMAT: 'json', METRICS_PORT: '0', WORKER_METRICS_PORT: '0' };
    const env = { ...quiet, ...this.environment, ...extra, [this.portVariable]: String(this.port) };
    this.child = new Child(this.name, process.execPath, [this.main], {
      env,
      logFile: this.logFile,
      cwd: this.folder,
    });
  }

  async ready(): Promise<void> {
    await waitUntil(
      `${this.name} is ready (see ${this.logFile})`,
      () => answers(`${this.url}/health/ready`),
      {
        timeoutMs: 60_000,
      },
    );
  }

  async kill(): Promise<void> {
    await this.process.kill();
  }

  /** SIGTERM; resolves with how it ended. */
  async stop(): Promise<string> {
    return this.child ? this.child.stop() : 'not started';
  }
}
