import { describe, expect, it } from '@jest/globals';
import { EventQueue } from './event-queue.js';
import { eventsOf } from './timer-event.js';
import type { TimerEvent } from './timer-event.js';

const NEVER_MS = 60_000;

function events(count: number, fromMs = 0): TimerEvent[] {
  return Array.from({ length: count }, (_, i) => {
    const line = {
      ...{ id: `timer-${fromMs + i}`, host: 'example.com', status: 'scheduled' as const, attempts: 0 },
      ...{ dueMs: 0, createdMs: fromMs + i, changedMs: 0, nextAttemptMs: 0, version: 0 },
    };
    return eventsOf(line)[0] as TimerEvent;
  });
}

describe('the queue of a listener', () => {
  const unexpected = () => {
    throw new Error('must not overflow');
  };

  it('hands over in order all that came since the last time', async () => {
    const queue = new EventQueue(10, unexpected);
    const [a, b, c] = events(3) as [TimerEvent, TimerEvent, TimerEvent];
    queue.push([a, b]);
    queue.push([c]);
    expect(await queue.take(NEVER_MS)).toEqual([a, b, c]);
    expect(await queue.take(1)).toEqual([]);
  });

  it('wakes up who waits as soon as something comes', async () => {
    const queue = new EventQueue(10, unexpected);
    const taken = queue.take(NEVER_MS);
    queue.push(events(1));
    expect(await taken).toHaveLength(1);
  });

  it('wakes up who waits when it is closed, and hands over what was left', async () => {
    const queue = new EventQueue(10, unexpected);
    const taken = queue.take(NEVER_MS);
    queue.close();
    expect(await taken).toEqual([]);
    const full = new EventQueue(10, unexpected);
    full.push(events(2));
    full.close();
    expect(await full.take(NEVER_MS)).toHaveLength(2);
    expect(full.closed).toBe(true);
  });

  it('gives up a listener who lets too much pile up, and keeps nothing for it', async () => {
    let overflows = 0;
    const queue = new EventQueue(5, () => (overflows += 1));
    queue.push(events(5));
    expect(queue.closed).toBe(false);
    queue.push(events(1, 5));
    queue.push(events(1, 6));
    expect(overflows).toBe(1);
    expect(queue.closed).toBe(true);
    expect(await queue.take(NEVER_MS)).toEqual([]);
  });
});
