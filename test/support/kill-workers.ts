import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from './app.js';

const MIN_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 4_000;

/** kill -9 to one of the workers at random, and a new one in its place, again and again. */
export class WorkerKiller {
  kills = 0;
  private readonly over = new AbortController();
  private readonly done: Promise<void>;

  constructor(private readonly workers: readonly App[]) {
    this.done = this.run();
  }

  /** Resolves when all workers are there again. */
  async stop(): Promise<void> {
    this.over.abort();
    await this.done;
    await Promise.all(this.workers.map((worker) => worker.ready()));
  }

  private async run(): Promise<void> {
    const { signal } = this.over;
    while (!signal.aborted) {
      const pauseMs = MIN_PAUSE_MS + Math.random() * (MAX_PAUSE_MS - MIN_PAUSE_MS);
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const worker = this.workers[Math.floor(Math.random() * this.workers.length)] as App;
      await worker.kill();
      worker.start();
      // One that is killed before it does anything proves nothing.
      await worker.ready();
      this.kills += 1;
    }
  }
}
