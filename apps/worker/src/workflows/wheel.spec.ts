import { describe, expect, it } from '@jest/globals';
import type { Attempt } from '#contracts/delivery.js';
import type { TimerChange } from '#contracts/timer-change.js';
import { encodeTimerId } from '#contracts/timer-id.js';
import type { Timer, TimersInput, WheelSettings } from '#contracts/timers.js';
import { Wheel } from './wheel.js';

const T0 = 1_800_000_000_000;
const SECOND = 1_000;

const settings: WheelSettings = {
  leadMs: 2 * SECOND,
  widthMs: 3 * SECOND,
  requestTimeoutMs: 30 * SECOND,
  retryDelaysMs: [5 * SECOND, 300 * SECOND],
};

function wheelOf(dueMs: number[], random = () => 0.5, more: Partial<Timer> = {}): Wheel {
  const timers = dueMs.map((due, index) => ({
    ...{ id: idOf(index), dueMs: due, url: 'http://example.com/' },
    ...more,
  }));
  return new Wheel({ tenant: 'default', settings, timers }, random);
}

function idOf(index: number): string {
  return encodeTimerId({ dueMs: T0, index, groupKey: '8000000000000001' });
}

let changes = 0;

/** As the workflow decides, of a timer that no window holds. */
function change(wheel: Wheel, index: number, asked: TimerChange, nowMs = T0, changeId = `c${++changes}`) {
  wheel.beginChange(idOf(index));
  return wheel.endChange({ changeId, id: idOf(index), change: asked }, nowMs);
}

function attempt(
  index: number,
  number: number,
  outcome: Partial<Attempt> = { statusCode: 200 },
  atMs = T0,
): Attempt {
  return { index, attempt: number, startedMs: atMs, finishedMs: atMs, ...outcome };
}

describe('the wheel', () => {
  it('opens no window before the first timer is due less the lead', () => {
    const wheel = wheelOf([T0 + 10 * SECOND]);
    expect(wheel.nextWakeMs).toBe(T0 + 8 * SECOND);
    expect(wheel.openWindow(T0 + 8 * SECOND - 1)).toBeUndefined();
    expect(wheel.openWindow(T0 + 8 * SECOND)?.window.deliveries).toHaveLength(1);
  });

  it('tells the worker what counts as a success, and whether somebody is to be told of it', () => {
    const told = { successStatuses: [409], onSuccess: 'http://example.com/told' };
    const [delivery] = wheelOf([T0], () => 0.5, told).openWindow(T0)?.window.deliveries ?? [];
    expect(delivery).toMatchObject({ successStatuses: [409], tellsSuccess: true });
    const [untold] = wheelOf([T0]).openWindow(T0)?.window.deliveries ?? [];
    expect(untold).not.toHaveProperty('tellsSuccess');
  });

  it('takes into a window what is due within the width after the lead, the earliest first', () => {
    const wheel = wheelOf([T0 + 7 * SECOND, T0 + 2 * SECOND, T0 + 5 * SECOND, T0 + 5 * SECOND + 1]);
    const opened = wheel.openWindow(T0);
    expect(opened?.window.deliveries.map(({ index }) => index)).toEqual([1, 2]);
    expect(opened?.window.deliveries[0]).toEqual({
      ...{ index: 1, id: idOf(1), url: 'http://example.com/', attempt: 1, atMs: T0 + 2 * SECOND },
    });
    expect(wheel.nextWakeMs).toBe(T0 + 3 * SECOND + 1);
  });

  it('never takes more than a hundred timers into a window', () => {
    const wheel = wheelOf(Array.from({ length: 150 }, () => T0));
    expect(wheel.openWindow(T0)?.window.deliveries).toHaveLength(100);
    expect(wheel.openWindow(T0)?.window.deliveries).toHaveLength(50);
    expect(wheel.openWindow(T0)).toBeUndefined();
  });

  it('opens a window beside one that is still open', () => {
    const wheel = wheelOf([T0, T0 + 60 * SECOND]);
    expect(wheel.openWindow(T0)?.number).toBe(1);
    expect(wheel.openWindow(T0 + 58 * SECOND)?.number).toBe(2);
  });

  it('has ended when every timer has', () => {
    const wheel = wheelOf([T0, T0]);
    wheel.openWindow(T0);
    wheel.closeWindow(1, { attempts: [attempt(0, 1)], inFlight: [] }, T0);
    expect(wheel.ended).toBe(false);
    wheel.openWindow(T0);
    wheel.closeWindow(2, { attempts: [attempt(1, 1)], inFlight: [] }, T0);
    expect(wheel.ended).toBe(true);
    expect(wheel.views().map(({ status }) => status)).toEqual(['delivered', 'delivered']);
  });

  it.each([
    [0, 4 * SECOND],
    [0.5, 5 * SECOND],
    [1, 6 * SECOND],
  ])('moves a failed timer to its next attempt, spread by a fifth both ways (%d)', (random, delayMs) => {
    const wheel = wheelOf([T0], () => random);
    wheel.openWindow(T0);
    wheel.closeWindow(1, { attempts: [attempt(0, 1, { statusCode: 500 }, T0 + 70)], inFlight: [] }, T0 + 100);
    expect(wheel.view(0)).toMatchObject({
      status: 'retrying',
      nextAttemptMs: T0 + 70 + delayMs,
      held: false,
    });
    expect(wheel.nextWakeMs).toBe(T0 + 70 + delayMs - settings.leadMs);
  });

  it('fails a timer after the last attempt of the plan', () => {
    const wheel = wheelOf([T0]);
    for (let number = 1; number <= 3; number++) {
      wheel.openWindow(T0 + 1e6 * number);
      wheel.closeWindow(number, { attempts: [attempt(0, number, { error: 'connect' })], inFlight: [] }, T0);
    }
    expect(wheel.view(0)).toMatchObject({ status: 'failed' });
    expect(wheel.ended).toBe(true);
  });

  it('takes what a window did not begin into the next one, as the same attempt', () => {
    const wheel = wheelOf([T0, T0]);
    wheel.openWindow(T0);
    wheel.closeWindow(1, { attempts: [attempt(0, 1)], inFlight: [] }, T0);
    expect(wheel.openWindow(T0)?.window.deliveries).toMatchObject([{ index: 1, attempt: 1 }]);
  });

  it('leaves what is in flight alone until it is reported', () => {
    const wheel = wheelOf([T0]);
    wheel.openWindow(T0);
    wheel.closeWindow(1, { attempts: [], inFlight: [0] }, T0);
    expect(wheel.openWindow(T0)).toBeUndefined();
    expect(wheel.view(0)).toMatchObject({ status: 'scheduled', held: true });
    wheel.applyAttempt(attempt(0, 1));
    expect(wheel.ended).toBe(true);
  });

  it('counts what was in flight and never reported as a failed attempt', () => {
    const wheel = wheelOf([T0]);
    wheel.openWindow(T0);
    wheel.closeWindow(1, { attempts: [], inFlight: [0] }, T0);
    const lostMs = wheel.nextWakeMs;
    expect(lostMs).toBeGreaterThan(T0 + settings.requestTimeoutMs);
    wheel.passTime(lostMs - 1);
    expect(wheel.view(0)).toMatchObject({ held: true });
    wheel.passTime(lostMs);
    expect(wheel.view(0)).toMatchObject({
      status: 'retrying',
      nextAttemptMs: lostMs + 5 * SECOND,
      held: false,
    });
  });

  it('takes a report that comes before the end of its window', () => {
    const wheel = wheelOf([T0]);
    wheel.openWindow(T0);
    wheel.applyAttempt(attempt(0, 1));
    wheel.closeWindow(1, { attempts: [], inFlight: [0] }, T0);
    expect(wheel.view(0)).toMatchObject({ status: 'delivered', held: false });
  });

  it('does not mind a report that comes twice, too late, or for nothing that is there', () => {
    const wheel = wheelOf([T0]);
    wheel.openWindow(T0);
    wheel.closeWindow(1, { attempts: [attempt(0, 1, { statusCode: 500 })], inFlight: [] }, T0);
    const before = wheel.view(0);
    for (const late of [attempt(0, 1), attempt(0, 2), attempt(7, 1)]) wheel.applyAttempt(late);
    expect(wheel.view(0)).toEqual(before);
  });

  it('goes on in a new run where it was', () => {
    const wheel = wheelOf([T0, T0, T0 + 60 * SECOND]);
    wheel.openWindow(T0);
    wheel.closeWindow(1, { attempts: [attempt(0, 1, { error: 'reset' })], inFlight: [1] }, T0);
    const input = JSON.parse(JSON.stringify(wheel.continued())) as TimersInput;
    const next = new Wheel(input, () => 0.5);
    expect(next.views()).toEqual(wheel.views());
    expect(next.nextWakeMs).toBe(wheel.nextWakeMs);
  });

  describe('when the client changes its mind', () => {
    it('cancels what waits, and does not mind being told twice', () => {
      const wheel = wheelOf([T0 + 60 * SECOND]);
      expect(change(wheel, 0, { kind: 'cancel' })).toMatchObject({
        outcome: 'made',
        view: { status: 'canceled' },
      });
      expect(change(wheel, 0, { kind: 'cancel' }).outcome).toBe('made');
      expect(wheel.ended).toBe(true);
      expect(wheel.openWindow(T0 + 60 * SECOND)).toBeUndefined();
    });

    it('takes nothing into a window while a change to it is undecided', () => {
      const wheel = wheelOf([T0, T0]);
      wheel.beginChange(idOf(0));
      expect(wheel.openWindow(T0)?.window.deliveries).toMatchObject([{ index: 1 }]);
      wheel.endChange({ changeId: 'x', id: idOf(0), change: { kind: 'modify', set: { dueMs: T0 + 1 } } }, T0);
      expect(wheel.openWindow(T0)?.window.deliveries).toMatchObject([{ index: 0, atMs: T0 + 1 }]);
    });

    it('moves a timer: the old time is gone', () => {
      const wheel = wheelOf([T0]);
      change(wheel, 0, { kind: 'modify', set: { dueMs: T0 + 60 * SECOND } });
      expect(wheel.openWindow(T0 + 57 * SECOND)).toBeUndefined();
      expect(wheel.view(0)).toMatchObject({ version: 1, timer: { dueMs: T0 + 60 * SECOND } });
    });

    it('changes nothing of a timer in another version than the client knows', () => {
      const wheel = wheelOf([T0]);
      change(wheel, 0, { kind: 'modify', set: { method: 'PUT' }, ifVersions: [0] });
      expect(change(wheel, 0, { kind: 'modify', set: { method: 'GET' }, basedOn: 0 })).toMatchObject({
        outcome: 'stale',
        view: { version: 1, timer: { method: 'PUT' } },
      });
    });

    it.each(['cancel', 'fire', 'redeliver'] as const)(
      'knows %s in another version for stale as well',
      (kind) => {
        const wheel = wheelOf([T0 + 60 * SECOND]);
        expect(change(wheel, 0, { kind, ifVersions: [1] })).toMatchObject({
          outcome: 'stale',
          view: { version: 0, status: 'scheduled', nextAttemptMs: T0 + 60 * SECOND },
        });
      },
    );

    it('takes fields away', () => {
      const wheel = wheelOf([T0], undefined, { labels: { a: 'b' } });
      change(wheel, 0, { kind: 'modify', set: {}, unset: ['labels'] });
      expect(wheel.view(0)?.timer).not.toHaveProperty('labels');
    });

    it('makes a change once that comes twice', () => {
      const wheel = wheelOf([T0 + 60 * SECOND]);
      change(wheel, 0, { kind: 'modify', set: { dueMs: T0 + 90 * SECOND } }, T0, 'same');
      change(wheel, 0, { kind: 'modify', set: { dueMs: T0 + 70 * SECOND } });
      expect(
        change(wheel, 0, { kind: 'modify', set: { dueMs: T0 + 90 * SECOND } }, T0, 'same'),
      ).toMatchObject({
        outcome: 'made',
        view: { nextAttemptMs: T0 + 70 * SECOND },
      });
    });

    it('fires now what was not due yet', () => {
      const wheel = wheelOf([T0 + 3600 * SECOND]);
      change(wheel, 0, { kind: 'fire' });
      expect(wheel.openWindow(T0)?.window.deliveries).toMatchObject([{ atMs: T0 }]);
    });

    it.each(['cancel', 'fire', 'redeliver'] as const)('refuses to %s what is in flight', (kind) => {
      const wheel = wheelOf([T0]);
      wheel.openWindow(T0);
      wheel.closeWindow(1, { attempts: [], inFlight: [0] }, T0);
      expect(change(wheel, 0, { kind })).toMatchObject({ outcome: 'refused', dispatching: true });
    });

    it('refuses what a lost worker may have begun, until the outcome is known', () => {
      const wheel = wheelOf([T0, T0 + 4 * SECOND]);
      wheel.openWindow(T0);
      wheel.closeWindow(1, { attempts: [], inFlight: [] }, T0 + SECOND, true);
      wheel.openWindow(T0 + SECOND);
      wheel.closeWindow(2, { attempts: [], inFlight: [] }, T0 + SECOND);
      expect(change(wheel, 0, { kind: 'cancel' })).toMatchObject({ outcome: 'refused', dispatching: true });
      expect(change(wheel, 1, { kind: 'cancel' }).outcome).toBe('made');
    });

    it('brings back what has ended, with a whole plan of attempts and the same number series', () => {
      const wheel = wheelOf([T0], undefined, { retryDelaysMs: [] });
      wheel.openWindow(T0);
      wheel.closeWindow(1, { attempts: [attempt(0, 1, { statusCode: 500 })], inFlight: [] }, T0);
      expect(wheel.view(0)?.status).toBe('failed');
      expect(change(wheel, 0, { kind: 'redeliver' }, T0 + SECOND).outcome).toBe('made');
      expect(wheel.openWindow(T0 + SECOND)?.window.deliveries).toMatchObject([{ attempt: 2 }]);
      expect(wheel.view(0)).toMatchObject({ status: 'scheduled', held: true });
      wheel.closeWindow(2, { attempts: [attempt(0, 2)], inFlight: [] }, T0 + SECOND);
      expect(wheel.view(0)?.status).toBe('delivered');
    });

    it('remembers how and when it was known to have ended before, the latest times', () => {
      const wheel = wheelOf([T0], undefined, { retryDelaysMs: [] });
      for (let round = 1; round <= 7; round++) {
        const nowMs = T0 + round * 10 * SECOND;
        wheel.openWindow(nowMs);
        const attempts = [attempt(0, round, { statusCode: 500 }, nowMs - SECOND)];
        wheel.closeWindow(round, { attempts, inFlight: [] }, nowMs);
        expect(wheel.view(0)?.changedMs).toBe(nowMs);
        change(wheel, 0, { kind: 'redeliver' }, nowMs + SECOND);
      }
      const ends = [3, 4, 5, 6, 7].map((round) => ({ status: 'failed', atMs: T0 + round * 10 * SECOND }));
      expect(wheel.view(0)?.earlierEnds).toEqual(ends);
      const next = new Wheel(wheel.continued(), () => 0.5);
      expect(next.view(0)?.earlierEnds).toEqual(ends);
    });

    it('refuses to bring back what was canceled or has not ended, and to change what has', () => {
      const wheel = wheelOf([T0, T0]);
      change(wheel, 0, { kind: 'cancel' });
      for (const index of [0, 1]) expect(change(wheel, index, { kind: 'redeliver' }).outcome).toBe('refused');
      expect(change(wheel, 0, { kind: 'fire' }).outcome).toBe('refused');
    });

    it.each([
      { body: 'x'.repeat(1_000_000) },
      { body: '語'.repeat(334_000) },
      { url: 'x'.repeat(1_000_000) },
    ])('refuses what would make the group too large for its next run', (set) => {
      const wheel = wheelOf([T0]);
      const before = wheel.view(0);
      expect(change(wheel, 0, { kind: 'modify', set }).outcome).toBe('too-large');
      expect(wheel.view(0)).toEqual(before);
    });

    it('stays small however often a timer is brought back', () => {
      const wheel = wheelOf([T0], undefined, {
        onSuccess: 'http://example.com/told',
        body: 'x'.repeat(1_000),
      });
      for (let times = 1, size = 0; times <= 500; times++) {
        const { number = 0, window } = wheel.openWindow(T0) ?? {};
        const attempts = window?.deliveries.map((due) => attempt(due.index, due.attempt)) ?? [];
        wheel.closeWindow(number, { attempts, inFlight: [] }, T0);
        const told = wheel.openWindow(T0);
        const ends = told?.window.deliveries.map((due) => attempt(due.index, due.attempt)) ?? [];
        wheel.closeWindow(told?.number ?? 0, { attempts: ends, inFlight: [] }, T0);
        const grown = JSON.stringify(wheel.continued()).length - size;
        size += grown;
        if (times > 100) expect(grown).toBeLessThan(400);
        change(wheel, 0, { kind: 'redeliver' });
      }
    });

    it('knows nothing of other ids', () => {
      const id = encodeTimerId({ dueMs: T0 + 1, index: 0, groupKey: '8000000000000001' });
      const wheel = wheelOf([T0]);
      wheel.beginChange(id);
      expect(wheel.endChange({ changeId: 'x', id, change: { kind: 'cancel' } }, T0).outcome).toBe('unknown');
    });
  });

  describe('when a timer is not wanted for ever', () => {
    it('expires what was not begun in time', () => {
      const wheel = wheelOf([T0], undefined, { expiresMs: T0 + SECOND });
      wheel.passTime(T0 + SECOND - 1);
      expect(wheel.ended).toBe(false);
      wheel.passTime(T0 + SECOND);
      expect(wheel.view(0)).toMatchObject({ status: 'expired', changedMs: T0 + SECOND });
    });

    it('does not wait for a retry that would come too late', () => {
      const wheel = wheelOf([T0], undefined, { expiresMs: T0 + 3 * SECOND });
      wheel.openWindow(T0);
      wheel.closeWindow(1, { attempts: [attempt(0, 1, { error: 'reset' })], inFlight: [] }, T0);
      wheel.passTime(T0);
      expect(wheel.view(0)?.status).toBe('expired');
    });

    it('may be redelivered after that', () => {
      const wheel = wheelOf([T0], undefined, { expiresMs: T0 + SECOND });
      wheel.passTime(T0 + SECOND);
      change(wheel, 0, { kind: 'redeliver' }, T0 + 2 * SECOND);
      wheel.passTime(T0 + 2 * SECOND);
      expect(wheel.openWindow(T0 + 2 * SECOND)?.window.deliveries).toHaveLength(1);
    });
  });

  describe('by what the destination answers', () => {
    it.each([
      [{ statusCode: 410 }, 'failed'],
      [{ statusCode: 404 }, 'retrying'],
      [{ statusCode: 302 }, 'retrying'],
      [{ statusCode: 204 }, 'delivered'],
      [{ statusCode: 550, final: true as const }, 'failed'],
      [{ error: 'blocked' as const, reason: 'bounced' as const, final: true as const }, 'failed'],
      [{ statusCode: 451 }, 'retrying'],
    ])('%j makes it %s', (outcome, status) => {
      const wheel = wheelOf([T0]);
      wheel.openWindow(T0);
      wheel.closeWindow(1, { attempts: [attempt(0, 1, outcome)], inFlight: [] }, T0);
      expect(wheel.view(0)?.status).toBe(status);
    });

    it('says of one that has failed what the last attempt came to, and of no other', () => {
      const wheel = wheelOf([T0, T0]);
      wheel.openWindow(T0);
      const refused = {
        statusCode: 550,
        answer: '5.1.1 who?',
        reason: 'bounced' as const,
        final: true as const,
      };
      const attempts = [attempt(0, 1, refused), attempt(1, 1, { statusCode: 451 })];
      wheel.closeWindow(1, { attempts, inFlight: [] }, T0);
      expect(wheel.view(0)?.failure).toEqual({ statusCode: 550, reason: 'bounced' });
      expect(wheel.view(1)).not.toHaveProperty('failure');
      change(wheel, 0, { kind: 'redeliver' });
      expect(wheel.view(0)).not.toHaveProperty('failure');
    });

    it('sends an e-mail again to those who were refused for now, and has sent it whatever comes of that', () => {
      const wheel = wheelOf([T0], () => 0.5, {
        email: { to: ['ada@example.com'], subject: 'Hi', text: 'Hi' },
      });
      wheel.openWindow(T0);
      const partly = attempt(0, 1, { statusCode: 452, remaining: ['ada@example.com'] });
      wheel.closeWindow(1, { attempts: [partly], inFlight: [] }, T0);
      expect(wheel.view(0)?.status).toBe('retrying');
      const next = new Wheel(JSON.parse(JSON.stringify(wheel.continued())) as TimersInput, () => 0.5);
      const opened = next.openWindow(T0 + 5 * SECOND);
      expect(opened?.window.deliveries[0]).toMatchObject({ attempt: 2, remaining: ['ada@example.com'] });
      const gone = attempt(0, 2, { statusCode: 550, final: true }, T0 + 5 * SECOND);
      next.closeWindow(opened?.number ?? 0, { attempts: [gone], inFlight: [] }, T0 + 5 * SECOND);
      expect(next.view(0)?.status).toBe('delivered');
      change(next, 0, { kind: 'redeliver' });
      expect(next.openWindow(T0 + 5 * SECOND)?.window.deliveries[0]).not.toHaveProperty('remaining');
    });

    it.each(['expired', 'canceled'])('has sent an e-mail that some have got before it is %s', (how) => {
      const email = { to: ['ada@example.com', 'bob@example.com'], subject: 'Hi', text: 'Hi' };
      const wheel = wheelOf([T0], () => 0.5, {
        ...{ email, expiresMs: T0 + 2 * SECOND, onSuccess: 'http://example.com/told' },
      });
      wheel.openWindow(T0);
      const partly = attempt(0, 1, { statusCode: 452, remaining: ['ada@example.com'] });
      wheel.closeWindow(1, { attempts: [partly], inFlight: [] }, T0);
      if (how === 'expired') wheel.passTime(T0 + 2 * SECOND);
      else change(wheel, 0, { kind: 'cancel' });
      expect(wheel.view(0)?.status).toBe('delivered');
      const told = wheel.openWindow(T0 + 10 * SECOND)?.window.deliveries ?? [];
      expect(told.map(({ url, email: mail }) => [url, mail])).toEqual([
        ['http://example.com/told', undefined],
      ]);
    });

    it('delivers by the statuses that the client has named, and by no others', () => {
      const wheel = wheelOf([T0, T0], undefined, { successStatuses: [302] });
      wheel.openWindow(T0);
      const attempts = [attempt(0, 1, { statusCode: 302 }), attempt(1, 1, { statusCode: 200 })];
      wheel.closeWindow(1, { attempts, inFlight: [] }, T0);
      expect(wheel.views().map(({ status }) => status)).toEqual(['delivered', 'retrying']);
    });

    it.each([
      [1_000, 5 * SECOND],
      [60_000, 60 * SECOND],
      [1e15, 24 * 3600 * SECOND],
    ])(
      'waits as long as it asks for if that is longer than planned, and a day at most (%d)',
      (askedMs, ms) => {
        const wheel = wheelOf([T0]);
        wheel.openWindow(T0);
        const refused = attempt(0, 1, { statusCode: 503, retryAfterMs: askedMs });
        wheel.closeWindow(1, { attempts: [refused], inFlight: [] }, T0);
        expect(wheel.view(0)?.nextAttemptMs).toBe(T0 + ms);
      },
    );

    it('takes up again later what was postponed, as the same attempt', () => {
      const wheel = wheelOf([T0]);
      wheel.openWindow(T0);
      wheel.closeWindow(
        1,
        { attempts: [], inFlight: [], postponed: [{ index: 0, untilMs: T0 + 60 * SECOND }] },
        T0,
      );
      expect(wheel.openWindow(T0)).toBeUndefined();
      expect(wheel.openWindow(T0 + 60 * SECOND)?.window.deliveries).toMatchObject([{ attempt: 1 }]);
    });

    it('counts as late what was postponed', () => {
      const wheel = wheelOf([T0]);
      wheel.openWindow(T0);
      for (const untilMs of [T0 + 5 * SECOND, T0 + 9 * SECOND]) {
        wheel.closeWindow(1, { attempts: [], inFlight: [], postponed: [{ index: 0, untilMs }] }, T0);
      }
      const opened = wheel.openWindow(T0 + 9 * SECOND);
      expect(opened?.window.deliveries).toMatchObject([{ atMs: T0 + 9 * SECOND, plannedMs: T0 }]);
      wheel.closeWindow(
        2,
        { attempts: [attempt(0, 1, { statusCode: 500 }, T0 + 9 * SECOND)], inFlight: [] },
        T0,
      );
      expect(wheel.attempts(0)).toMatchObject([{ scheduledMs: T0, startedMs: T0 + 9 * SECOND }]);
      const retryMs = wheel.view(0)?.nextAttemptMs ?? 0;
      expect(wheel.openWindow(retryMs)?.window.deliveries[0]).not.toHaveProperty('plannedMs');
      wheel.closeWindow(3, { attempts: [attempt(0, 2, {}, retryMs)], inFlight: [] }, retryMs);
      expect(wheel.attempts(0)[1]).toMatchObject({ scheduledMs: retryMs });
    });

    it('keeps a log of what was answered, and of long answers only the latest', () => {
      const wheel = wheelOf([T0], undefined, { retryDelaysMs: [1, 1, 1, 1, 1, 1] });
      for (let number = 1; number <= 6; number++) {
        wheel.openWindow(T0 + number * 100);
        const answered = attempt(0, number, { statusCode: 500, answer: 'x'.repeat(1024) });
        wheel.closeWindow(number, { attempts: [answered], inFlight: [] }, T0);
      }
      expect(wheel.attempts(0).map(({ answer }) => answer?.length ?? 0)).toEqual([
        0, 0, 1024, 1024, 1024, 1024,
      ]);
      expect(wheel.attempts(0)[0]).toMatchObject({ attempt: 1, scheduledMs: T0, statusCode: 500 });
    });
  });

  describe('when somebody wants to be told', () => {
    const urls = { onSuccess: 'http://example.com/good', onFailure: 'http://example.com/bad' };

    it.each([
      [{ statusCode: 200 }, urls.onSuccess, 'timer.delivered'],
      [{ statusCode: 410 }, urls.onFailure, 'timer.failed'],
    ])('sends a message of how it ended: %j', (outcome, url, type) => {
      const wheel = wheelOf([T0], undefined, urls);
      wheel.openWindow(T0);
      wheel.closeWindow(1, { attempts: [attempt(0, 1, outcome)], inFlight: [] }, T0);
      expect(wheel.ended).toBe(false);
      const [notice] = wheel.openWindow(T0)?.window.deliveries ?? [];
      expect(notice).toMatchObject({ index: 1, url, attempt: 1 });
      expect(JSON.parse(notice?.body ?? '')).toMatchObject({ type, data: { id: idOf(0), attempts: 1 } });
      expect(wheel.views()).toHaveLength(1);
    });

    it.each([
      [{ statusCode: 250 }, 'sent', null],
      [
        { error: 'blocked' as const, reason: 'opted-out' as const, final: true as const },
        'failed',
        'opted-out',
      ],
    ])('tells of an e-mail without saying to whom it was: %j', (outcome, status, reason) => {
      const email = { to: ['ada@example.com'], subject: 'Secret', text: 'Hi' };
      const wheel = wheelOf([T0], undefined, { ...urls, url: 'mailto:ada@example.com', email });
      expect(wheel.openWindow(T0)?.window.deliveries[0]).toMatchObject({ email });
      wheel.closeWindow(1, { attempts: [attempt(0, 1, outcome)], inFlight: [] }, T0);
      const [notice] = wheel.openWindow(T0)?.window.deliveries ?? [];
      expect(notice).not.toHaveProperty('email');
      expect(notice?.body).not.toMatch(/ada|Secret/);
      expect(JSON.parse(notice?.body ?? '')).toMatchObject({
        type: `email.${status}`,
        data: { id: idOf(0), status, send_at: new Date(T0).toISOString(), last_attempt: { reason } },
      });
    });

    it('sends none of the end of a message, however that ends', () => {
      const wheel = wheelOf([T0], undefined, urls);
      wheel.openWindow(T0);
      wheel.closeWindow(1, { attempts: [attempt(0, 1, { statusCode: 410 })], inFlight: [] }, T0);
      wheel.openWindow(T0);
      wheel.closeWindow(2, { attempts: [attempt(1, 1, { statusCode: 410 })], inFlight: [] }, T0);
      expect(wheel.ended).toBe(true);
      expect(wheel.openWindow(T0)).toBeUndefined();
    });

    it('sends none when the client canceled it itself', () => {
      const wheel = wheelOf([T0], undefined, urls);
      change(wheel, 0, { kind: 'cancel' });
      expect(wheel.ended).toBe(true);
    });
  });
});
