import type { TimerLine } from '#contracts/timer-line.js';
import type { EndStatus } from '#contracts/timers.js';

export type EventStatus = 'scheduled' | EndStatus;

/** Something that happened to a timer. */
export interface TimerEvent {
  /** `<when in ms>-<id of the timer>-<status>`: the same wherever and whenever it is read. */
  id: string;
  atMs: number;
  status: EventStatus;
  line: TimerLine;
}

/** Where a listener has come to. */
const EVENT_ID = /^(\d{1,15})-[0-9a-f-]{36}-(scheduled|delivered|failed|canceled|expired)$/;

/** What a line tells of: that the timer was set, and each of its ends. */
export function eventsOf(line: TimerLine): TimerEvent[] {
  const event = (status: EventStatus, atMs: number): TimerEvent => ({
    id: `${atMs}-${line.id}-${status}`,
    ...{ atMs, status, line },
  });
  const events = [event('scheduled', line.createdMs)];
  for (const { status, atMs } of line.earlierEnds ?? []) events.push(event(status, atMs));
  if (line.status !== 'scheduled' && line.status !== 'retrying')
    events.push(event(line.status, line.changedMs));
  return events;
}

/** When the event with this id happened; undefined if it is no id of an event. */
export function eventTimeMs(id: string): number | undefined {
  const ms = EVENT_ID.exec(id)?.[1];
  return ms === undefined ? undefined : Number(ms);
}

export function inOrderOfTime(events: Iterable<TimerEvent>): TimerEvent[] {
  return [...events].sort((a, b) => a.atMs - b.atMs);
}
