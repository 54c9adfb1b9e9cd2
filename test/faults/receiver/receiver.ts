import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { childEnvironment } from '#config/env.js';
import { ROOT } from '../../../scripts/paths.js';
import { readLog } from '../logs.js';
import type { KilledLine, RequestLine } from '../logs.js';

const FOLDER = join(ROOT, 'test/faults/receiver');
const RUN = '. scripts/python-tools.sh && python_tools $(cat test/faults/receiver/requirements.txt)';

interface Ports {
  port: number;
  resettingPort: number;
  tlsPort?: number;
}

/** When the receiver is to kill the process that a request comes from. */
export interface KillOrder {
  when: 'accept' | 'before' | 'after';
  pids: number[];
  times: number;
  prefix: string;
}

/** The receiver in Python as a process. What it knows is in its log. */
export class ReceiverProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly logFile: string,
    /** That requests are to be signed with. */
    readonly secret: string,
    private readonly ports: Ports,
  ) {}

  /** With a certificate it has a port for TLS, too. */
  static async start(
    folder: string,
    secret: string,
    certificate: [string, string] | [] = [],
  ): Promise<ReceiverProcess> {
    const logFile = join(folder, 'receiver.jsonl');
    const args = [join(FOLDER, 'receiver.py'), logFile, secret, ...certificate];
    const stderr = openSync(join(folder, 'receiver.log'), 'a');
    const child = spawn('sh', ['-c', `{ ${RUN}; } >&2 && exec python "$@"`, 'receiver', ...args], {
      ...{ cwd: ROOT, stdio: ['pipe', 'pipe', stderr], detached: true },
      env: childEnvironment({ PYTHONDONTWRITEBYTECODE: '1' }),
    });
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the receiver has ended, see ${folder}/receiver.log`);
    });
    ended.catch(() => undefined);
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const [first] = (await Promise.race([once(lines, 'line'), ended])) as [string];
    return new ReceiverProcess(child, logFile, secret, JSON.parse(first) as Ports);
  }

  /** An address of loopback for each row: `host` is its last number. */
  url(path: string, host = 1): string {
    return `http://127.0.0.${host}:${this.ports.port}${path}`;
  }

  /** Where every connection is reset at once. */
  resettingUrl(path: string): string {
    return `http://127.0.0.1:${this.ports.resettingPort}${path}`;
  }

  tlsUrl(path: string): string {
    return `https://127.0.0.1:${this.ports.tlsPort}${path}`;
  }

  arm(order: KillOrder): void {
    this.child.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  /** All requests whose path begins so, in the order of the log. */
  requests(prefix: string): RequestLine[] {
    return this.lines().filter(
      (line): line is RequestLine => line.type === 'request' && line.path.startsWith(prefix),
    );
  }

  /** Whom it has killed since then. */
  killed(sinceMs: number): KilledLine[] {
    return this.lines().filter(
      (line): line is KilledLine => line.type === 'killed' && line.wallMs >= sinceMs,
    );
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.stdin?.end();
    await exited;
  }

  private lines(): (RequestLine | KilledLine)[] {
    return readLog(this.logFile);
  }
}
