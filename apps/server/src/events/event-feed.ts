import { setTimeout as sleep } from 'node:timers/promises';
import { resumeLogFields } from '#observability/log-context.js';
import type { Logger } from '#observability/logger.js';
import type { EventQueue } from './event-queue.js';
import type { EventReader } from './event-reader.js';
import { inOrderOfTime } from './timer-event.js';
import type { TimerEvent } from './timer-event.js';

/** What happened longer ago than this is in visibility; normally it takes less than a second. */
export const SETTLED_MS = 60_000;
/** Most of the time looking back so far is enough... */
const SHORT_LOOK_BACK_MS = 5_000;
/** ...and so often one looks back all the way. */
const LONG_LOOK_EVERY_MS = 10_000;
const POLL_MS = 1_000;

/**
 * The events of one tenant as they happen: one reader for all who listen on this server. Knows what happened since
 * `completeSinceMs`, and tells each event once.
 */
export class EventFeed {
  /** When it was known, not when it happened, is the order. */
  private readonly known = new Map<string, TimerEvent>();
  private readonly queues = new Set<EventQueue>();
  private readonly stopped = new AbortController();
  private readMs = 0;
  private settledMs = 0;

  constructor(
    private readonly tenant: string,
    private readonly reader: EventReader,
    private readonly logger: Logger,
  ) {}

  get completeSinceMs(): number {
    return this.settledMs - SETTLED_MS;
  }

  get listeners(): number {
    return this.queues.size;
  }

  /** Reads what just happened and goes on until it is stopped; rejects if the engine does not answer. */
  async start(): Promise<void> {
    const nowMs = Date.now();
    this.readMs = nowMs;
    this.settledMs = nowMs;
    await this.readSince(this.completeSinceMs);
    // On behalf of all who listen, not of the request that was the first.
    resumeLogFields({ tenant: this.tenant }, () => void this.follow());
  }

  /** What is known and happened at this time or later; everything that becomes known from now on goes to the queue. */
  join(queue: EventQueue, sinceMs: number): TimerEvent[] {
    this.queues.add(queue);
    if (this.stopped.signal.aborted) queue.close();
    return inOrderOfTime(this.known.values()).filter(({ atMs }) => atMs >= sinceMs);
  }

  leave(queue: EventQueue): void {
    this.queues.delete(queue);
  }

  stop(): void {
    this.stopped.abort();
    for (const queue of this.queues) queue.close();
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopped;
    for (let failing = false; !signal.aborted;) {
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.poll();
        failing = false;
      } catch (error) {
        if (!failing) this.logger.warn({ err: error }, 'Events cannot be read, trying again');
        failing = true;
      }
    }
  }

  private async poll(): Promise<void> {
    const nowMs = Date.now();
    const long = nowMs - this.settledMs >= LONG_LOOK_EVERY_MS;
    await this.readSince(long ? this.completeSinceMs : this.readMs - SHORT_LOOK_BACK_MS);
    this.readMs = nowMs;
    if (!long) return;
    this.settledMs = nowMs;
    for (const [id, { atMs }] of this.known) if (atMs < this.completeSinceMs) this.known.delete(id);
  }

  private async readSince(sinceMs: number): Promise<void> {
    const fresh = new Map<string, TimerEvent>();
    for await (const events of this.reader.read(this.tenant, { fromMs: sinceMs })) {
      for (const event of events) {
        if (event.atMs >= sinceMs && !this.known.has(event.id)) fresh.set(event.id, event);
      }
    }
    // Only now: had a page failed, none of them would be told.
    for (const [id, event] of fresh) this.known.set(id, event);
    if (fresh.size > 0) for (const queue of this.queues) queue.push(inOrderOfTime(fresh.values()));
  }
}
