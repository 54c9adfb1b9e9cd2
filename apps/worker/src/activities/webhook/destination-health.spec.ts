import { describe, expect, it } from '@jest/globals';
import type { Attempt } from '#contracts/delivery.js';
import type { DestinationStatus } from '#contracts/destination.js';
import { DestinationHealth } from './destination-health.js';

const T0 = 1_800_000_000_000;

const attempt = (outcome: Partial<Attempt>, atMs = T0): Attempt => ({
  ...{ index: 0, attempt: 1, startedMs: atMs, finishedMs: atMs },
  ...outcome,
});
const failed = (atMs = T0) => attempt({ error: 'timeout' }, atMs);
const status = (set: Partial<DestinationStatus>): DestinationStatus => ({
  ...{ tenant: 't', host: 'h', state: 'slowed', sinceMs: T0, consecutiveFailures: 10 },
  ...set,
});

function failing(times: number, atMs = T0): DestinationHealth {
  const health = new DestinationHealth(100);
  for (let i = 0; i < times; i++) health.record(failed(atMs), atMs);
  return health;
}

describe('the health of a destination', () => {
  it('is left alone by nine failures in a row, and troubled by the tenth', () => {
    expect(failing(9)).toMatchObject({ troubled: false, places: 100 });
    expect(failing(9).verdict(T0)).toBe('go');
    const health = failing(10);
    expect(health.troubled).toBe(true);
    expect(health.places).toBeLessThanOrEqual(50);
    expect(health.verdict(T0)).toEqual({ untilMs: T0 + 1_000 });
    expect(health.verdict(T0 + 1_000)).toBe('go');
  });

  it('is left alone by failures that have not lasted yet, and paused as soon as they have', () => {
    const health = new DestinationHealth(100, 30_000);
    for (let i = 0; i < 50; i++) health.record(failed(T0 + i), T0 + i);
    expect(health).toMatchObject({ troubled: false, places: 100 });
    expect(health.verdict(T0 + 50)).toBe('go');
    health.record(failed(T0 + 30_000), T0 + 30_000);
    expect(health.troubled).toBe(true);
    expect(health.verdict(T0 + 30_000)).toEqual({ untilMs: T0 + 31_000 });
  });

  it('is troubled when half of twenty attempts failed, but goes on without a pause', () => {
    const health = new DestinationHealth(100);
    for (let i = 0; i < 10; i++) {
      expect(health.troubled).toBe(false);
      health.record(failed(), T0);
      health.record(attempt({ statusCode: 200 }), T0);
    }
    expect(health.troubled).toBe(true);
    expect(health.verdict(T0)).toBe('go');
  });

  it.each([400, 401, 404, 302, 201])('is no worse for an answer with %d', (statusCode) => {
    const health = failing(9);
    health.record(attempt({ statusCode }), T0);
    health.record(failed(), T0);
    expect(health.troubled).toBe(false);
  });

  it('is not concerned by what was never sent to it', () => {
    const health = failing(9);
    health.record(attempt({ error: 'blocked' }), T0);
    expect(health.troubled).toBe(false);
  });

  it.each([429, 502, 503, 504])(
    'is troubled at once by %d, and left alone as long as it asks',
    (statusCode) => {
      const health = new DestinationHealth(100);
      health.record(attempt({ statusCode, retryAfterMs: 7_000 }), T0);
      expect(health.troubled).toBe(true);
      expect(health.verdict(T0 + 6_999)).toEqual({ untilMs: T0 + 7_000 });
      expect(health.verdict(T0 + 7_000)).toBe('go');
      expect(health.takeReport(true)).toMatchObject({
        notBeforeMs: T0 + 7_000,
        lastError: String(statusCode),
      });
    },
  );

  it('gets half as many requests after a failure, one more after a success, and never none', () => {
    const health = failing(10);
    let nowMs = T0;
    for (let i = 0; i < 20; i++) {
      nowMs += 100_000;
      health.record(failed(nowMs), nowMs);
    }
    expect(health.places).toBe(1);
    health.record(attempt({ statusCode: 200 }), nowMs);
    expect(health.places).toBe(2);
  });

  it('counts failures of requests that were under way together as one', () => {
    const health = failing(10);
    const before = health.places;
    for (let i = 0; i < 50; i++) health.record(attempt({ error: 'timeout', startedMs: T0 }), T0 + 30_000);
    expect(health.places).toBe(Math.floor(before / 2));
  });

  it('sends what waits back at times of its own, and none later than it must', () => {
    const health = failing(10);
    health.learn(status({ state: 'paused', nextProbeMs: T0 + 300_000 }));
    const times = Array.from({ length: 20_000 }, () => {
      const verdict = health.verdict(T0 + 2_000);
      return typeof verdict === 'object' ? verdict.untilMs : 0;
    });
    expect(times[0]).toBe(T0 + 32_000);
    expect(times[1]).toBeGreaterThan(times[0] ?? 0);
    expect(Math.max(...times)).toBeLessThanOrEqual(T0 + 302_000);
  });

  it('asks for the probe when it is time, once', () => {
    const health = failing(10);
    health.learn(status({ state: 'paused', nextProbeMs: T0 + 5_000 }));
    expect(health.verdict(T0 + 5_000)).toBe('ask for the probe');
    health.probing(T0 + 15_000);
    expect(health.verdict(T0 + 5_001)).toMatchObject({ untilMs: T0 + 15_000 });
  });

  it('goes on asking when it is time, however many probes have failed', () => {
    const health = failing(10);
    for (let probe = 1; probe <= 20; probe++) {
      const nowMs = T0 + probe * 5_000;
      health.learn(status({ state: 'paused', nextProbeMs: nowMs }));
      expect(health.verdict(nowMs)).toBe('ask for the probe');
      health.record(failed(nowMs), nowMs);
    }
  });

  it('forgets its failures when others have seen a success, or a client has resumed it', () => {
    const health = failing(12);
    health.learn(status({ consecutiveFailures: 0, countedFromMs: T0 + 1 }));
    health.record(failed(T0 + 5_000), T0 + 5_000);
    expect(health.takeReport(false)).toMatchObject({ failingSinceMs: T0 + 5_000 });
  });

  it('reports what changed at once and the rest now and then, and loses nothing that could not be reported', () => {
    const health = failing(10);
    const report = health.takeReport(true);
    expect(report).toMatchObject({ successes: 0, failures: 10, failingSinceMs: T0, lastError: 'timeout' });
    expect(health.takeReport(false)).toBeUndefined();
    if (report) health.giveBack(report);
    health.record(failed(T0 + 1), T0 + 1);
    expect(health.takeReport(true)).toMatchObject({ failures: 11 });
    health.record(failed(T0 + 2), T0 + 2);
    expect(health.takeReport(true)).toBeUndefined();
    expect(health.takeReport(false)).toMatchObject({ failures: 1 });
    health.record(attempt({ statusCode: 200 }), T0 + 3);
    expect(health.takeReport(true)).toMatchObject({ successes: 1, failures: 0 });
  });
});
