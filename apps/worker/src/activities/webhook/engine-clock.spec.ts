import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Logger } from '#observability/logger.js';
import { EngineClock } from './engine-clock.js';

function clockWithLog() {
  const said: string[] = [];
  const say = (_fields: object, message: string) => void said.push(message);
  const logger: Logger = { trace: say, debug: say, info: say, warn: say, error: say };
  return { clock: new EngineClock(logger), said };
}

const differenceMs = (clock: EngineClock) => Math.abs(clock.now() - Date.now());

describe("the engine's clock", () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each([600_000, -600_000])(
    'goes on as if nothing had been when this machine is set by %d ms, until it is compared again',
    (setByMs) => {
      const { clock } = clockWithLog();
      clock.apply({ beforeMs: Date.now(), engineMs: Date.now(), afterMs: Date.now() });
      const realNow = Date.now.bind(Date);
      jest.spyOn(Date, 'now').mockImplementation(() => realNow() + setByMs);
      expect(Math.abs(clock.now() - realNow())).toBeLessThan(50);
      expect(clock.measured).toBe(false);
      clock.apply({ beforeMs: Date.now(), engineMs: realNow(), afterMs: Date.now() });
      expect(clock.measured).toBe(true);
      expect(Math.abs(clock.now() - realNow())).toBeLessThan(50);
    },
  );

  it.each([
    ['was never compared', 0],
    ['was compared long ago', 121_000],
  ])(
    "is this machine's own again where that is set and %s: nobody may compare it for days",
    (_how, agoMs) => {
      const { clock } = clockWithLog();
      if (agoMs > 0)
        clock.apply({ beforeMs: Date.now() + 5_000, engineMs: Date.now(), afterMs: Date.now() + 5_000 });
      const [realNow, realElapsed] = [Date.now.bind(Date), performance.now.bind(performance)];
      jest.spyOn(performance, 'now').mockImplementation(() => realElapsed() + agoMs);
      jest.spyOn(Date, 'now').mockImplementation(() => realNow() + agoMs + 600_000);
      expect(Math.abs(clock.now() - Date.now())).toBeLessThan(50);
      expect(clock.measured).toBe(false);
    },
  );

  it.each([
    ['a little off', 900],
    ['further off than a second, but not more than the call took', 2_400],
  ])('does not correct a clock that is %s', (_how, aheadMs) => {
    const { clock, said } = clockWithLog();
    clock.apply({ beforeMs: 10_000, engineMs: 11_500 - aheadMs, afterMs: 13_000 });
    expect(differenceMs(clock)).toBeLessThan(50);
    expect(said).toEqual([]);
  });

  it.each([5_000, -5_000])('corrects a clock that is off by %d ms, and says so', (aheadMs) => {
    const { clock, said } = clockWithLog();
    clock.apply({ beforeMs: 10_000, engineMs: 10_005 - aheadMs, afterMs: 10_010 });
    expect(Math.abs(clock.now() - (Date.now() - aheadMs))).toBeLessThan(50);
    expect(said).toEqual([expect.stringMatching(aheadMs > 0 ? /5000 ms ahead of/ : /5000 ms behind/)]);
    expect(clock.comparedAheadMs).toBe(aheadMs);
  });

  it.each([
    ['whether that is still needed', 11_000],
    ['by how much', 6_000],
  ])('stays corrected where a reading took so long that it can not say %s', (_what, engineMs) => {
    const { clock, said } = clockWithLog();
    clock.apply({ beforeMs: 10_000, engineMs: 5_000, afterMs: 10_000 });
    clock.apply({ beforeMs: 10_000, engineMs, afterMs: 22_000 });
    expect(Math.abs(clock.now() - (Date.now() - 5_000))).toBeLessThan(50);
    expect(said).toHaveLength(1);
  });

  it('goes back to its own when that agrees again', () => {
    const { clock, said } = clockWithLog();
    clock.apply({ beforeMs: 10_000, engineMs: 5_000, afterMs: 10_000 });
    clock.apply({ beforeMs: 10_000, engineMs: 10_000, afterMs: 10_000 });
    expect(differenceMs(clock)).toBeLessThan(50);
    expect(said).toHaveLength(2);
  });

  it('is measured at once, and then only now and then', () => {
    const { clock } = clockWithLog();
    expect(clock.due).toBe(true);
    clock.claim();
    expect(clock.due).toBe(false);
    expect(clock.measured).toBe(false);
    clock.apply({ beforeMs: 0, engineMs: 0, afterMs: 0 });
    expect(clock.measured).toBe(true);
  });

  it('is corrected so that nothing is early, however long the reading took', () => {
    const { clock } = clockWithLog();
    clock.apply({ beforeMs: 20_000, engineMs: 10_000, afterMs: 20_400 });
    const engineNowAtMost = Date.now() - 10_400;
    expect(clock.now()).toBeLessThanOrEqual(engineNowAtMost + 5);
  });
});
