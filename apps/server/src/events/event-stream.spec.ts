import { afterEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../../../scripts/wait-until.js';
import type { TimerLine } from '#contracts/timer-line.js';
import type { Logger } from '#observability/logger.js';
import { EventFeeds } from './event-feeds.js';
import type { ChangedIn, EventReader } from './event-reader.js';
import { EventsService } from './events.service.js';
import { eventsOf } from './timer-event.js';
import type { TimerEvent } from './timer-event.js';

const MINUTE_MS = 60_000;
const ID = '01a202b2-ec10-8000-a3f1-5c0d9e7b1a24';

/** A group as visibility has it: under its latest change alone. */
interface Group {
  changedMs: number;
  lines: TimerLine[];
}

function line(createdMs: number, of: Partial<TimerLine> = {}): TimerLine {
  const id = `00000000-0000-8000-8000-${String(createdMs % 1e12).padStart(12, '0')}`;
  return {
    ...{ id, host: 'example.com', status: 'scheduled', attempts: 0, version: 0 },
    ...{ dueMs: createdMs, createdMs, changedMs: createdMs, nextAttemptMs: createdMs },
    ...of,
  };
}

class Visibility {
  readonly groups: Group[] = [];
  readonly asked: ChangedIn[] = [];
  /** Called after each question. */
  then: () => void = () => undefined;

  add(...lines: TimerLine[]): Group {
    const group = { changedMs: Math.max(...lines.map(({ changedMs }) => changedMs)), lines };
    this.groups.push(group);
    return group;
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async *read(_tenant: string, { fromMs, untilMs = Infinity }: ChangedIn): AsyncGenerator<TimerEvent[]> {
    this.asked.push({ fromMs, untilMs });
    const found = this.groups.filter(({ changedMs }) => changedMs >= fromMs && changedMs < untilMs);
    yield found.flatMap(({ lines }) => lines.flatMap(eventsOf));
    this.then();
  }
}

const listener = (gone: AbortSignal) => ({ gone, isStillAllowed: () => Promise.resolve(true) });

describe('the stream of events', () => {
  const logger = { warn: () => undefined } as unknown as Logger;
  const services: EventsService[] = [];

  afterEach(async () => {
    for (const service of services.splice(0)) await service.onModuleDestroy();
  });

  function serviceOn(visibility: Visibility): EventsService {
    const reader = visibility as unknown as EventReader;
    const service = new EventsService(new EventFeeds(reader, logger), reader);
    services.push(service);
    return service;
  }

  async function listen(visibility: Visibility, lastEventMs?: number) {
    const gone = new AbortController();
    const lastEventId = lastEventMs === undefined ? undefined : `${lastEventMs}-${ID}-failed`;
    const stream = await serviceOn(visibility).listen('default', listener(gone.signal), lastEventId);
    const heard = { text: '', over: false, leave: () => gone.abort() };
    stream.on('data', (text: string) => (heard.text += text));
    stream.on('close', () => (heard.over = true));
    return { ...heard, ids: () => [...heard.text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id), heard };
  }

  it('begins now for who has not listened before', async () => {
    const visibility = new Visibility();
    visibility.add(line(Date.now() - 5_000));
    const { ids } = await listen(visibility);
    const { lines } = visibility.add(line(Date.now()));
    const [event] = eventsOf(lines[0] as TimerLine);
    await waitUntil('the new event comes', () => ids().length > 0);
    expect(ids()).toEqual([event?.id]);
  });

  it('tells what becomes visible only seconds after it happened', async () => {
    const visibility = new Visibility();
    const { ids } = await listen(visibility);
    visibility.add(line(Date.now() - 3_000));
    await waitUntil('it comes', () => ids().length === 1);
  });

  it('leaves out nothing of a group that moves on while the past is read', async () => {
    const visibility = new Visibility();
    const nowMs = Date.now();
    const group = visibility.add(
      line(nowMs - 40 * MINUTE_MS),
      line(nowMs - 39 * MINUTE_MS, { changedMs: nowMs - 30 * MINUTE_MS, status: 'failed' }),
    );
    const wanted = group.lines.flatMap(eventsOf).map(({ id }) => id);
    // The first question is that of the feed, the second that for the first slice of the past.
    visibility.then = () => {
      if (visibility.asked.length !== 2) return;
      group.changedMs = Date.now();
      group.lines.push(line(nowMs));
    };
    const { ids } = await listen(visibility, nowMs - 100 * MINUTE_MS);
    await waitUntil('all came', () => wanted.every((id) => ids().includes(id)));
  });

  it('asks for the past in ever larger slices where there is little in it', async () => {
    const visibility = new Visibility();
    const nowMs = Date.now();
    visibility.add(line(nowMs - 2 * MINUTE_MS));
    const { ids } = await listen(visibility, nowMs - 365 * 24 * 60 * MINUTE_MS);
    await waitUntil('it came', () => ids().length === 1);
    expect(visibility.asked.length).toBeLessThan(40);
  });

  it('cuts off who does not read', async () => {
    const visibility = new Visibility();
    const gone = new AbortController();
    const stream = await serviceOn(visibility).listen('default', listener(gone.signal));
    let over = false;
    stream.on('close', () => (over = true));
    // Begins, reads the first line and never again.
    await new Promise((resolve) => stream.once('readable', resolve));
    stream.read();
    visibility.add(...Array.from({ length: 10_200 }, (_, i) => line(Date.now() + i)));
    await waitUntil('it is cut off', () => over);
  });

  it('ends at once when the client is gone, and when the server ends', async () => {
    const visibility = new Visibility();
    const { heard } = await listen(visibility);
    await waitUntil('it has begun', () => heard.text !== '');
    heard.leave();
    await waitUntil('it has ended', () => heard.over, { timeoutMs: 2_000 });

    const { heard: other } = await listen(visibility);
    await waitUntil('it has begun', () => other.text !== '');
    for (const service of services) await service.onModuleDestroy();
    await waitUntil('it has ended', () => other.over, { timeoutMs: 500 });
    await expect(services[0]?.listen('default', listener(new AbortController().signal))).rejects.toThrow(
      'about to end',
    );
  });
});
