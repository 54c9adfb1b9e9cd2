import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import type { System } from '../../test/support/system.js';

const POLL_MS = 500;

/** Resident memory in bytes once a part was done, and the most after that: flat if they are about the same. */
export interface Memory {
  early: number;
  most: number;
}

export interface Progress {
  status: string;
  counts: Record<string, number>;
}

/** A blast of the benchmark's, by the API. */
export class MeasuredBlast {
  private constructor(
    private readonly system: System,
    readonly id: string,
  ) {}

  static async create(system: System, body: object): Promise<MeasuredBlast> {
    const blast = { name: 'bench', ...body };
    const { body: created } = (await system.api().post('/blasts').send(blast).expect(201)) as {
      body: { id: string };
    };
    return new MeasuredBlast(system, created.id);
  }

  /** In one request. Its memory is the server's, from a tenth on. */
  async upload(count: number, recipient: (index: number) => object): Promise<{ ms: number; memory: Memory }> {
    const { pid } = this.system.server.process;
    const memory = new MemoryWatch(() => pid);
    let sent = 0;
    const lines = function* () {
      for (let index = 1; index <= count; index++) {
        sent = index;
        yield `${JSON.stringify(recipient(index))}\n`;
      }
    };
    const watch = setInterval(() => sent >= count / 10 && memory.look(), POLL_MS);
    const agent = new Agent({ headersTimeout: 0 });
    const startedMs = performance.now();
    try {
      const answer = await agent.request({
        ...{ origin: this.system.server.url, path: `/blasts/${this.id}/recipients`, method: 'POST' },
        headers: { 'content-type': 'application/x-ndjson' },
        body: Readable.from(lines()),
      });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`the upload was answered with ${text}`);
      return { ms: performance.now() - startedMs, memory: memory.seen };
    } finally {
      clearInterval(watch);
      await agent.close();
    }
  }

  async start(): Promise<void> {
    await this.system.api().post(`/blasts/${this.id}/start`).expect(200);
  }

  /** Resolves when it has finished. The memory is that of a worker, from a quarter on. */
  async finished(count: number): Promise<Progress & { ms: number; memory: Memory }> {
    const startedMs = performance.now();
    const memory = new MemoryWatch(() => this.system.worker.process.pid);
    for (;;) {
      const { status, counts } = await this.progress();
      if ((counts.sent ?? 0) >= count / 4) memory.look();
      if (status === 'finished')
        return { status, counts, ms: performance.now() - startedMs, memory: memory.seen };
      if (!['scheduled', 'listing', 'running'].includes(status))
        throw new Error(`the blast is ${status}: ${JSON.stringify(counts)}`);
      await sleep(POLL_MS);
    }
  }

  /** The addresses of those with this status. */
  async addresses(status: string): Promise<Set<string>> {
    const path = `/blasts/${this.id}/recipients/export?status=${status}`;
    const { text } = await this.system.api().get(path).expect(200);
    const [, ...rows] = text.trimEnd().split('\r\n');
    return new Set(rows.map((row) => row.split(',')[1] ?? ''));
  }

  private async progress(): Promise<Progress> {
    const { body } = (await this.system.api().get(`/blasts/${this.id}`).expect(200)) as { body: Progress };
    const { counts } = body;
    const { total = 0, ...others } = counts;
    const sum = Object.values(others).reduce((all, each) => all + each, 0);
    if (sum !== total) throw new Error(`the accounts do not add up: ${JSON.stringify(counts)}`);
    return body;
  }
}

class MemoryWatch {
  readonly seen: Memory = { early: 0, most: 0 };

  constructor(private readonly pidNow: () => number) {}

  look(): void {
    const bytes = residentBytes(this.pidNow());
    this.seen.early ||= bytes;
    this.seen.most = Math.max(this.seen.most, bytes);
  }
}

/** 0 of a process that is gone. */
function residentBytes(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}
