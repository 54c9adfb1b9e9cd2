import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { invalid } from '../http/problem.exception.js';
import { EventFeeds } from './event-feeds.js';
import { EventQueue } from './event-queue.js';
import { EventReader } from './event-reader.js';
import { eventStream } from './event-stream.js';
import { eventTimeMs } from './timer-event.js';

/** A listener that is so many events behind is cut off; it can resume where it was. */
const MAX_WAITING = 10_000;
/** At the end of the server a client that does not even read that its stream has ended is cut off after this. */
const ENDING_MS = 1_000;

/** So often it is asked whether a listener may still listen. */
const ALLOWED_CHECK_MS = 15_000;

export interface ListenerState {
  gone: AbortSignal;
  isStillAllowed: () => Promise<boolean>;
}

/** The streams of this server. */
@Injectable()
export class EventsService implements OnModuleDestroy {
  private readonly streams = new Set<Readable>();

  constructor(
    private readonly feeds: EventFeeds,
    private readonly reader: EventReader,
  ) {}

  /** The stream of a client while it is there and allowed to listen; from now on, or from the event with this id. */
  async listen(
    tenant: string,
    { gone, isStillAllowed }: ListenerState,
    lastEventId?: string,
  ): Promise<Readable> {
    const lastEventMs = lastEventId ? timeOf(lastEventId) : undefined;
    const feed = await this.feeds.acquire(tenant);
    const queue = new EventQueue(MAX_WAITING, () => stream.destroy());
    const stream = Readable.from(eventStream({ tenant, feed, reader: this.reader, queue, lastEventMs }), {
      highWaterMark: 1,
    });
    const check = setInterval(() => {
      // It has had all the time until now to read that its stream is over.
      if (queue.closed) stream.destroy();
      else void isStillAllowed().then((allowed) => allowed || queue.close());
    }, ALLOWED_CHECK_MS);
    this.streams.add(stream);
    stream.once('close', () => {
      clearInterval(check);
      this.streams.delete(stream);
      this.feeds.release(tenant, feed);
    });
    // A stream can be closed only when what it waits for has come.
    const leave = () => {
      queue.close();
      stream.destroy();
    };
    if (gone.aborted) leave();
    else gone.addEventListener('abort', leave, { once: true });
    return stream;
  }

  // Before the HTTP server closes: it would wait for the streams.
  async onModuleDestroy(): Promise<void> {
    this.feeds.close();
    const ended = [...this.streams].map((stream) => new Promise((resolve) => stream.once('close', resolve)));
    await Promise.race([Promise.all(ended), sleep(ENDING_MS, undefined, { ref: false })]);
    for (const stream of this.streams) stream.destroy();
  }
}

function timeOf(lastEventId: string): number {
  const ms = eventTimeMs(lastEventId);
  if (ms !== undefined) return ms;
  throw invalid([{ field: 'Last-Event-ID', message: 'must be the id of an event' }]);
}
