import { eventText } from './event-text.js';
import { SETTLED_MS } from './event-feed.js';
import type { EventFeed } from './event-feed.js';
import type { EventQueue } from './event-queue.js';
import type { EventReader } from './event-reader.js';
import { inOrderOfTime } from './timer-event.js';
import type { TimerEvent } from './timer-event.js';

const HEARTBEAT_MS = 15_000;
/** A client that lost its connection is to try again after this. */
const RETRY_MS = 1_000;
/** Written at a time; the next come when there is room for them. */
const EVENTS_A_CHUNK = 50;
/** A slice of the past with so many events is large enough. */
const LARGE_SLICE = 1_000;

export interface EventStreamOptions {
  tenant: string;
  feed: EventFeed;
  reader: EventReader;
  queue: EventQueue;
  /** When the last event happened that the client has got; absent: it wants what happens from now on. */
  lastEventMs?: number;
}

/** The text of one client's stream, piece by piece as fast as the client reads it. Ends when its queue is closed. */
export async function* eventStream(options: EventStreamOptions): AsyncGenerator<string> {
  const { feed, queue, lastEventMs } = options;
  try {
    if (lastEventMs === undefined) feed.join(queue, Infinity);
    yield `retry: ${RETRY_MS}\n\n`;
    if (lastEventMs !== undefined) {
      for await (const events of missedEvents(options, lastEventMs)) yield* chunksOf(events);
    }
    while (!queue.closed) {
      const events = await queue.take(HEARTBEAT_MS);
      if (events.length > 0) yield* chunksOf(events);
      else if (!queue.closed) yield ': nothing new\n\n';
    }
  } finally {
    feed.leave(queue);
  }
}

/**
 * What happened since the client's last event, and from some time before it: events become known in another order than
 * they happen. What the feed no longer has is read slice by slice, in order of time. A group is found under its latest
 * change alone and moves on while one reads, so the last slice has no end.
 */
async function* missedEvents(
  { tenant, feed, reader, queue }: EventStreamOptions,
  lastEventMs: number,
): AsyncGenerator<TimerEvent[]> {
  const sinceMs = lastEventMs - SETTLED_MS;
  let fromMs = sinceMs;
  for (let sliceMs = SETTLED_MS; fromMs < feed.completeSinceMs && !queue.closed;) {
    const untilMs = Math.min(fromMs + sliceMs, feed.completeSinceMs);
    const events = await within({ fromMs, untilMs }, Infinity);
    yield events;
    sliceMs = events.length > LARGE_SLICE ? Math.max(1_000, sliceMs / 2) : sliceMs * 2;
    fromMs = untilMs;
  }
  const { completeSinceMs } = feed;
  const known = feed.join(queue, sinceMs);
  if (sinceMs < completeSinceMs && !queue.closed) yield await within({ fromMs }, completeSinceMs);
  yield known;

  async function within(changed: { fromMs: number; untilMs?: number }, endMs: number): Promise<TimerEvent[]> {
    const events: TimerEvent[] = [];
    for await (const page of reader.read(tenant, changed)) {
      events.push(...page.filter(({ atMs }) => atMs >= sinceMs && atMs < endMs));
    }
    return inOrderOfTime(events);
  }
}

function* chunksOf(events: TimerEvent[]): Generator<string> {
  for (let at = 0; at < events.length; at += EVENTS_A_CHUNK) {
    yield events
      .slice(at, at + EVENTS_A_CHUNK)
      .map(eventText)
      .join('');
  }
}
