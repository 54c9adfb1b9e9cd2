import { describe, expect, it } from '@jest/globals';
import type { TimerLine } from '#contracts/timer-line.js';
import { eventsOf, eventTimeMs, inOrderOfTime } from './timer-event.js';

const ID = '01a202b2-ec10-8000-a3f1-5c0d9e7b1a24';

function line(of: Partial<TimerLine>): TimerLine {
  return {
    ...{ id: ID, host: 'example.com', status: 'scheduled', attempts: 0, version: 0 },
    ...{ dueMs: 5_000, createdMs: 1_000, changedMs: 1_000, nextAttemptMs: 5_000 },
    ...of,
  };
}

const idsOf = (of: Partial<TimerLine>) => eventsOf(line(of)).map(({ id }) => id);

describe('what a line tells of', () => {
  it('is that the timer was set, as long as it has not ended', () => {
    expect(idsOf({})).toEqual([`1000-${ID}-scheduled`]);
    expect(idsOf({ status: 'retrying', changedMs: 6_000 })).toEqual([`1000-${ID}-scheduled`]);
  });

  it.each(['delivered', 'failed', 'canceled', 'expired'] as const)(
    'is that it was set and was %s',
    (status) => {
      expect(idsOf({ status, changedMs: 6_000 })).toEqual([`1000-${ID}-scheduled`, `6000-${ID}-${status}`]);
    },
  );

  it('is every end of a timer that was redelivered', () => {
    const earlierEnds = [
      { status: 'failed' as const, atMs: 6_000 },
      { status: 'expired' as const, atMs: 7_000 },
    ];
    expect(idsOf({ earlierEnds, changedMs: 8_000 })).toEqual([
      ...[`1000-${ID}-scheduled`, `6000-${ID}-failed`, `7000-${ID}-expired`],
    ]);
    expect(idsOf({ earlierEnds, status: 'delivered', changedMs: 9_000 }).at(-1)).toBe(`9000-${ID}-delivered`);
  });

  it('can be put in order of time', () => {
    const events = eventsOf(line({ status: 'delivered', changedMs: 500 }));
    expect(inOrderOfTime(events).map(({ status }) => status)).toEqual(['delivered', 'scheduled']);
  });
});

describe('the id of an event', () => {
  it('says when it happened', () => {
    expect(eventTimeMs(`6000-${ID}-failed`)).toBe(6_000);
  });

  it.each(['', '0', 'abc', `-1-${ID}-failed`, `6000-${ID}-retrying`, `6000-${ID}`, `1e9-${ID}-failed`])(
    'is not %j',
    (id) => {
      expect(eventTimeMs(id)).toBeUndefined();
    },
  );
});
