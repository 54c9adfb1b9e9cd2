import { describe, expect, it } from '@jest/globals';
import type { Attempt } from '#contracts/delivery.js';
import type { TimersInput, WheelSettings } from '#contracts/timers.js';
import { Wheel } from './wheel.js';

const T0 = 1_800_000_000_000;
const SECOND = 1_000;

const settings: WheelSettings = {
  leadMs: 2 * SECOND,
  widthMs: 3 * SECOND,
  requestTimeoutMs: 30 * SECOND,
  retryDelaysMs: [5 * SECOND, 300 * SECOND],
};

function wheelOf(dueMs: number[], random = () => 0.5): Wheel {
  const timers = dueMs.map((due, index) => ({
    id: `timer-${index}`,
    dueMs: due,
    url: 'http://example.com/',
  }));
  return new Wheel({ tenant: 'default', settings, timers }, random);
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

  it('takes into a window what is due within the width after the lead, the earliest first', () => {
    const wheel = wheelOf([T0 + 7 * SECOND, T0 + 2 * SECOND, T0 + 5 * SECOND, T0 + 5 * SECOND + 1]);
    const opened = wheel.openWindow(T0);
    expect(opened?.window.deliveries.map(({ index }) => index)).toEqual([1, 2]);
    expect(opened?.window.deliveries[0]).toEqual({
      ...{ index: 1, id: 'timer-1', url: 'http://example.com/', attempt: 1, atMs: T0 + 2 * SECOND },
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
});
