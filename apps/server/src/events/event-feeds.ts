import { Injectable } from '@nestjs/common';
import { Logger } from '#observability/logger.js';
import { ProblemException } from '../http/problem.exception.js';
import { EventFeed } from './event-feed.js';
import { EventReader } from './event-reader.js';

/** Of one tenant on one server. */
const MAX_LISTENERS = 50;

interface Shared {
  feed: EventFeed;
  started: Promise<void>;
  listeners: number;
}

/** One feed for each tenant that somebody listens to. */
@Injectable()
export class EventFeeds {
  private readonly feeds = new Map<string, Shared>();
  private closed = false;

  constructor(
    private readonly reader: EventReader,
    private readonly logger: Logger,
  ) {}

  /** The tenant's feed, until `release`; rejects if the engine does not answer. */
  async acquire(tenant: string): Promise<EventFeed> {
    if (this.closed) throw new ProblemException(503, 'not-ready', 'This server is about to end.');
    const shared = this.feeds.get(tenant) ?? this.open(tenant);
    if (shared.listeners >= MAX_LISTENERS) throw tooManyListeners();
    shared.listeners += 1;
    try {
      await shared.started;
      return shared.feed;
    } catch (error) {
      this.release(tenant, shared.feed);
      throw error;
    }
  }

  release(tenant: string, feed: EventFeed): void {
    const shared = this.feeds.get(tenant);
    if (shared?.feed !== feed) return;
    shared.listeners -= 1;
    if (shared.listeners > 0) return;
    feed.stop();
    this.feeds.delete(tenant);
  }

  /** Ends all feeds, and with them their listeners. */
  close(): void {
    this.closed = true;
    for (const { feed } of this.feeds.values()) feed.stop();
  }

  private open(tenant: string): Shared {
    const feed = new EventFeed(tenant, this.reader, this.logger);
    const shared = { feed, started: feed.start(), listeners: 0 };
    this.feeds.set(tenant, shared);
    return shared;
  }
}

function tooManyListeners(): ProblemException {
  const detail = `At most ${MAX_LISTENERS} clients can listen to the events of a tenant at a time.`;
  return new ProblemException(429, 'too-many-listeners', detail, { headers: { 'retry-after': '10' } });
}
