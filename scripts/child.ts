import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { openSync } from 'node:fs';
import { childEnvironment } from '#config/env.js';

export interface ChildOptions {
  env?: Record<string, string>;
  /** A file that gets what it prints; without one, our own output does. */
  logFile?: string;
  cwd?: string;
}

/**
 * A process that we started. It is in a process group of its own, so that Ctrl-C reaches us alone and we end things in
 * order; when we are gone our own Node processes end themselves (see `runProcess`), and others are ended.
 */
export class Child {
  /** Resolves with what ended it. */
  readonly exited: Promise<string>;
  private readonly process: ChildProcess;
  private running = true;

  constructor(
    readonly name: string,
    command: string,
    args: string[],
    { env = {}, logFile, cwd }: ChildOptions = {},
  ) {
    const output = logFile ? openSync(logFile, 'a') : 'inherit';
    const isNode = command === process.execPath;
    const stdio: StdioOptions = ['ignore', output, output, ...(isNode ? (['ipc'] as const) : [])];
    this.process = spawn(command, args, { env: childEnvironment(env), stdio, cwd, detached: true });
    if (!isNode && this.process.pid) this.endWithUs();
    this.exited = new Promise((resolve) => {
      const ended = (how: string) => {
        this.running = false;
        resolve(how);
      };
      this.process.once('error', (error) => ended(error.message));
      this.process.once('exit', (code, signal) => ended(signal ?? `code ${code}`));
    });
  }

  get alive(): boolean {
    return this.running;
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** Resolves with the first message of a Node process; rejects if it ends without one. */
  async said(): Promise<unknown> {
    const message = new Promise((resolve) => this.process.once('message', resolve));
    const ended = this.exited.then((how) => Promise.reject(new Error(`the ${this.name} has ended (${how})`)));
    return Promise.race([message, ended]);
  }

  /** A real signal to this process and no other. */
  signal(signal: NodeJS.Signals): void {
    if (this.running) this.process.kill(signal);
  }

  /** SIGTERM, and SIGKILL when that has not ended it in time. */
  async stop(graceMs = 40_000): Promise<string> {
    this.signal('SIGTERM');
    const overdue = setTimeout(() => this.signal('SIGKILL'), graceMs);
    const how = await this.exited;
    clearTimeout(overdue);
    return how;
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited;
  }

  // By a shell that reads from us, and so comes to an end however we do.
  private endWithUs(): void {
    const script = 'read -r _; kill -TERM "$1"';
    const stdio: StdioOptions = ['pipe', 'ignore', 'ignore'];
    const guard = spawn('/bin/sh', ['-c', script, 'guard', `${this.pid}`], { stdio, detached: true });
    guard.once('error', () => undefined);
    this.process.once('exit', () => guard.kill('SIGKILL'));
  }
}
