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
 * order; our own Node processes end themselves when we are gone (see `runProcess`).
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
}
