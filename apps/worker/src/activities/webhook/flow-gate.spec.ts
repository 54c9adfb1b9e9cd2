import { describe, expect, it } from '@jest/globals';
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

const gateWith = (clock: Pick<EngineClock, 'now'>, flows: object) =>
  new FlowGate(clock as EngineClock, logger, flows as Flows);

const delivery = (set: Partial<Delivery> = {}): Delivery => ({
  ...{ index: 0, id: 'timer-0', url: 'http://example.com/', attempt: 1, atMs: Date.now() },
  ...{ flow: { key: 'a', rate: 5 } },
  ...set,
});

describe('the gate of flows', () => {
  it('lets nothing go before its place though the clock is set back while it waits', async () => {
    const clock = settableClock();
    const gate = gateWith(clock, flowsWith(20.9));
    const earliestMs = clock.now() + 20.9;
    const entered = gate.enter('acme', delivery(), () => false);
    await new Promise((resolve) => setTimeout(resolve, 5));
    clock.aheadMs = -30;
    expect(await entered).toHaveProperty('leave');
    expect(clock.now()).toBeGreaterThanOrEqual(earliestMs);
  });
});
