import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { waitUntil } from '../../../../../scripts/wait-until.js';
import type { Delivery } from '#contracts/delivery.js';
import type { Flows } from '#database/flows.js';
import { createLogger } from '#observability/logger.js';
import type { EngineClock } from './engine-clock.js';
import { FlowGate } from './flow-gate.js';

const logger = createLogger({ name: 'test', level: 'fatal', format: 'json' });

/** A clock that tells parts of a millisecond, and can be set. */
function settableClock() {
  const clock = { aheadMs: 0, now: () => performance.timeOrigin + performance.now() + clock.aheadMs };
  return clock;
}

/** In which every place is so far away. */
const flowsWith = (waitMs: number) => ({
  takePlaces: (_tenant: string, _limits: unknown, dues: number[]) => Promise.resolve(dues.map(() => waitMs)),
});

/** With so many slots free. */
function withSlots(free: number) {
  const slots = { free, asked: 0 };
  const flows = {
    takeSlot: () => {
      slots.asked += 1;
      return Promise.resolve(slots.free > 0 ? --slots.free : undefined);
    },
    giveSlot: () => Promise.resolve(void (slots.free += 1)),
  };
  return { flows, slots };
}

const gateWith = (clock: Pick<EngineClock, 'now'>, flows: object) =>
  new FlowGate(clock as EngineClock, logger, flows as Flows);

const delivery = (set: Partial<Delivery> = {}): Delivery => ({
  ...{ index: 0, id: 'timer-0', url: 'http://example.com/', attempt: 1, atMs: Date.now() },
  ...{ flow: { key: 'a', rate: 5 } },
  ...set,
});

/** What Nest does with a provider when the process is to go. */
function callHook(provider: object, hook: 'onModuleDestroy' | 'beforeApplicationShutdown'): void {
  (provider as Record<string, (() => void) | undefined>)[hook]?.();
}

describe('the gate of flows', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('lets nothing go before its place though the clock is set back while it waits', async () => {
    const clock = settableClock();
    const gate = gateWith(clock, flowsWith(20.9));
    const earliestMs = clock.now() + 20.9;
    const entered = gate.enter('acme', delivery(), new AbortController().signal);
    await new Promise((resolve) => setTimeout(resolve, 5));
    clock.aheadMs = -30;
    expect(await entered).toHaveProperty('leave');
    expect(clock.now()).toBeGreaterThanOrEqual(earliestMs);
  });

  it('lets nothing go before it is due though its limits are taken away just before', async () => {
    const clock = settableClock();
    const gate = gateWith(clock, flowsWith(0));
    const due = delivery({ flow: undefined, atMs: clock.now() + 40 });
    const entered = gate.enter('acme', due, new AbortController().signal);
    expect(await entered).toHaveProperty('leave');
    expect(clock.now()).toBeGreaterThanOrEqual(due.atMs);
  });

  it('keeps the place of what waits when its window is over, and gives its slot back at once', async () => {
    const { flows, slots } = withSlots(1);
    const gate = gateWith(settableClock(), { ...flowsWith(4_000), ...flows });
    const over = new AbortController();
    const due = delivery({ flow: { key: 'a', rate: 5, parallelism: 1 } });
    const untilMs = due.atMs + 4_000;
    const entered = gate.enter('acme', due, over.signal);
    await waitUntil('it has its slot', () => slots.free === 0);
    over.abort();
    const pass = await entered;
    expect(pass).toHaveProperty('hasPlace', true);
    expect(pass.untilMs).toBeGreaterThanOrEqual(untilMs);
    expect(pass.untilMs).toBeLessThan(untilMs + 1_000);
    expect(slots.free).toBe(1);
    const again = await gate.enter('acme', { ...due, atMs: pass.untilMs ?? 0, hasPlace: true }, over.signal);
    expect(again).toEqual({ untilMs: pass.untilMs, hasPlace: true });
  });

  it('does not put off what waits for a slot when its window is over', async () => {
    const { flows, slots } = withSlots(0);
    const gate = gateWith(settableClock(), flows);
    const over = new AbortController();
    const due = delivery({ flow: { key: 'a', parallelism: 1 } });
    const entered = gate.enter('acme', due, over.signal);
    await waitUntil('it has asked', () => slots.asked > 0);
    over.abort();
    expect(await entered).toEqual({ untilMs: due.atMs });
  });

  it('keeps slots until the worker has drained, and then no more', async () => {
    jest.useFakeTimers();
    let kept = 0;
    const flows = {
      keepSlots: () => Promise.resolve(void (kept += 1)),
      destinations: () => Promise.resolve([]),
    };
    const gate = gateWith(settableClock(), flows);
    gate.onApplicationBootstrap();
    callHook(gate, 'onModuleDestroy');
    await jest.advanceTimersByTimeAsync(25_000);
    // A slot is free again 10 s after it was kept for the last time.
    expect(kept).toBeGreaterThanOrEqual(5);
    callHook(gate, 'beforeApplicationShutdown');
    const keptUntilThen = kept;
    await jest.advanceTimersByTimeAsync(25_000);
    expect(kept).toBe(keptUntilThen);
  });

  it('knows the limits of destinations as soon as the database answers', async () => {
    jest.useFakeTimers();
    let away = true;
    const row = { tenant: 'acme', host: 'example.com', rate: 2, periodMs: null, parallelism: null };
    const destinations = () => (away ? Promise.reject(new Error('away')) : Promise.resolve([row]));
    const gate = gateWith(settableClock(), { destinations, keepSlots: () => Promise.resolve() });
    gate.onApplicationBootstrap();
    let prepared = false;
    const preparing = gate.prepare().then(() => (prepared = true));
    await jest.advanceTimersByTimeAsync(2_000);
    expect(prepared).toBe(false);
    away = false;
    await jest.advanceTimersByTimeAsync(500);
    await preparing;
    const limits = gate.limitsOf('acme', delivery({ flow: undefined }));
    expect(limits).toEqual([{ key: 'host:example.com', intervalMs: 500 }]);
    gate.beforeApplicationShutdown();
  });

  describe('of a provider', () => {
    const email = { to: ['ada@example.com'], subject: 'Hello', text: 'Hi' };
    const mail = delivery({ url: 'mailto:ada@example.com', email, flow: { key: 'a', rate: 5 } });
    const over = new AbortController().signal;
    const stored = { tenant: '@providers', host: 'smtp', rate: null, periodMs: null, parallelism: 3 };
    const away = { destinations: () => Promise.resolve([]), keepSlots: () => Promise.resolve() };
    const gateWithDefault = (flows: object) =>
      new FlowGate(settableClock() as unknown as EngineClock, logger, flows as Flows, { smtp: { rate: 10 } });

    it('holds e-mails of all tenants to what is set, unless something else is stored', async () => {
      expect(gateWithDefault({}).limitsOf('acme', mail)).toEqual([{ key: 'host:smtp', intervalMs: 100 }]);
      const gate = gateWithDefault({ ...away, destinations: () => Promise.resolve([stored]) });
      gate.onApplicationBootstrap();
      await gate.prepare();
      expect(gate.limitsOf('acme', mail)).toEqual([{ key: 'host:smtp', parallelism: 3 }]);
      gate.beforeApplicationShutdown();
    });

    it('takes the places of all of them, and of blasts, in one line', async () => {
      const lines: unknown[] = [];
      const takePlaces = (owner: string, limits: { key: string }[], dues: number[]) => {
        lines.push([owner, ...limits.map(({ key }) => key)]);
        return Promise.resolve(dues.map(() => 0));
      };
      const gate = gateWithDefault({ takePlaces });
      expect(await gate.enter('acme', mail, over)).toHaveProperty('leave');
      expect(await gate.enter('other', mail, over)).toHaveProperty('leave');
      expect(await gate.enterProvider('smtp', over)).toHaveProperty('leave');
      expect(lines).toEqual(Array.from({ length: 3 }, () => ['@providers', 'host:smtp']));
    });

    it('lets all go where nothing is set', async () => {
      expect(await gateWith(settableClock(), {}).enterProvider('smtp', over)).toHaveProperty('leave');
    });
  });

  it('holds up the first windows for no more than seconds where the database hangs', async () => {
    jest.useFakeTimers();
    const destinations = () => new Promise<never>(() => undefined);
    const gate = gateWith(settableClock(), { destinations, keepSlots: () => Promise.resolve() });
    gate.onApplicationBootstrap();
    const preparing = gate.prepare();
    await jest.advanceTimersByTimeAsync(5_000);
    await preparing;
    gate.beforeApplicationShutdown();
  });

  it('has nothing to prepare without a database', async () => {
    const gate = new FlowGate(settableClock() as unknown as EngineClock, logger);
    gate.onApplicationBootstrap();
    await gate.prepare();
    expect(gate.limitsOf('acme', delivery({ flow: undefined }))).toEqual([]);
  });
});
