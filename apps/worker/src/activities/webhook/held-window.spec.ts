import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Attempt, Delivery } from '#contracts/delivery.js';
import type { FlowLimit } from '#database/flows.js';
import type { EngineClock } from './engine-clock.js';
import type { FlowGate } from './flow-gate.js';
import { HeldWindow } from './held-window.js';
import { Lease, LeaseLost } from '../lease/lease.js';
import { Slots } from './slots.js';
import type { Sender } from './sender.js';

const destinations = { admit: () => Promise.resolve(undefined), record: () => undefined };
const noFlows: Pick<FlowGate, 'prepare' | 'enter' | 'limitsOf'> = {
  prepare: () => Promise.resolve(),
  limitsOf: () => [],
  enter: () => Promise.resolve({ leave: () => undefined }),
};
const clock = { now: () => Date.now() } as EngineClock;

/** A destination that answers when it is told to. */
function destination() {
  const sent: number[] = [];
  const answers = new Map<number, () => void>();
  const send = ({ index, attempt: number }: Delivery) => {
    sent.push(index);
    const ended: Attempt = { index, attempt: number, startedMs: 0, finishedMs: 0, statusCode: 200 };
    const attempt = new Promise<Attempt>((resolve) => answers.set(index, () => resolve(ended)));
    return { attempt, connectionFree: attempt };
  };
  const sender = {
    send,
    warmUp: () => undefined,
    prepare: () => Promise.resolve(),
  } as unknown as Sender;
  return { sent, sender, answer: (index: number) => answers.get(index)?.() };
}

function windowOf(
  size: number,
  sender: Sender,
  slots: Slots,
  recorded: Attempt[] = [],
  flows = noFlows,
  urls: string[] = [],
): HeldWindow {
  const deliveries = Array.from({ length: size }, (_, index) => ({
    ...{ index, id: `timer-${index}`, attempt: 1, atMs: Date.now() },
    url: urls[index] ?? 'http://example.com/',
  }));
  const window = { tenant: 'default', requestTimeoutMs: 1_000, deliveries };
  const held = new HeldWindow({ window, recorded, clock, slots, destinations, flows, sender });
  windows.push(held);
  return held;
}

const windows: HeldWindow[] = [];
const places = (count = 10) => new Slots({ perWorker: count, perDestination: () => count, tenantShare: 1 });
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a held window', () => {
  afterEach(() => {
    for (const held of windows.splice(0)) held.stop();
  });

  it('refuses a delivery whose url is none, and sends the others', async () => {
    const { sender, answer, sent } = destination();
    const held = windowOf(2, sender, places(), [], noFlows, ['x', 'http://example.com/']);
    const lease = new Lease(
      () => Promise.resolve(),
      () => undefined,
    );
    await lease.confirm();
    held.begin(lease);
    while (sent.length === 0) await settle();
    answer(1);
    await held.whenOver();
    lease.end();
    expect(held.close().end.attempts).toMatchObject([
      { index: 0, error: 'blocked' },
      { index: 1, statusCode: 200 },
    ]);
  });

  it("takes the SMTP server for nobody's destination: its failures pause no host", async () => {
    const { sender, answer, sent } = destination();
    const asked: unknown[] = [];
    const ofTenants = {
      admit: (...of: unknown[]) => Promise.resolve(void asked.push(of)),
      record: (...of: unknown[]) => void asked.push(of),
    };
    const delivery = { index: 0, id: 'timer-0', attempt: 1, atMs: Date.now(), url: 'mailto:ada@example.com' };
    const email = { to: ['ada@example.com'], subject: 'Hello', text: 'Hi' };
    const window = { tenant: 'default', requestTimeoutMs: 1_000, deliveries: [{ ...delivery, email }] };
    const options = { window, recorded: [], clock, slots: places(), flows: noFlows, sender };
    const held = new HeldWindow({ ...options, destinations: ofTenants });
    windows.push(held);
    const lease = new Lease(() => Promise.resolve());
    await lease.confirm();
    held.begin(lease);
    while (sent.length === 0) await settle();
    answer(0);
    await held.whenOver();
    lease.end();
    expect(held.close().end.attempts).toHaveLength(1);
    expect(asked).toEqual([]);
  });

  it('sends nothing before its lease is held', async () => {
    const { sent, sender } = destination();
    const lease = new Lease(() => Promise.resolve());
    windowOf(2, sender, places()).begin(lease);
    await settle();
    expect(sent).toEqual([]);
    await lease.confirm();
    await settle();
    expect(sent).toEqual([0, 1]);
  });

  it('does not send again what another worker has recorded', async () => {
    const { sent, sender, answer } = destination();
    const lease = new Lease(() => Promise.resolve());
    await lease.confirm();
    const recorded: Attempt = { index: 0, attempt: 1, startedMs: 0, finishedMs: 0, statusCode: 200 };
    const held = windowOf(2, sender, places(), [recorded]);
    held.begin(lease);
    await settle();
    expect(sent).toEqual([1]);
    answer(1);
    await held.whenOver();
    expect(held.close().end.attempts.map(({ index }) => index)).toEqual([0, 1]);
  });

  it('ends at once when it is stopped, and says what is done, what is in flight, and by omission what was not begun', async () => {
    const { sender, answer } = destination();
    const lease = new Lease(() => Promise.resolve());
    await lease.confirm();
    const held = windowOf(5, sender, places(3));
    held.begin(lease);
    await settle();
    answer(0);
    await settle();
    held.stop();
    await held.whenOver();
    const { end, underWay } = held.close();
    expect(end).toMatchObject({ attempts: [{ index: 0 }], inFlight: [1, 2, 3] });
    for (const index of [1, 2, 3]) answer(index);
    expect((await Promise.all(underWay)).map(({ index }) => index)).toEqual([1, 2, 3]);
  });

  it('sends nothing before the limits of destinations are known, and then by these', async () => {
    const { sent, sender, answer } = destination();
    const lease = new Lease(() => Promise.resolve());
    await lease.confirm();
    let known: () => void = () => undefined;
    const limits: FlowLimit[] = [];
    const left: string[] = [];
    const held = windowOf(1, sender, places(), [], {
      prepare: () => new Promise((resolve) => (known = resolve)),
      limitsOf: () => limits,
      enter: () => Promise.resolve({ leave: () => void left.push('host:example.com') }),
    });
    held.begin(lease);
    await settle();
    expect(sent).toEqual([]);
    limits.push({ key: 'host:example.com' });
    known();
    await settle();
    expect(sent).toEqual([0]);
    answer(0);
    await held.whenOver();
    await settle();
    expect(left).toEqual(['host:example.com']);
  });

  describe('of which something follows from one outcome', () => {
    beforeEach(() => void jest.useFakeTimers());
    afterEach(() => void jest.useRealTimers());

    /** Due now, in 5 s and in 9 s; the first is answered with the status after a moment. */
    async function opened(first: Partial<Attempt>, more: Partial<Delivery> = {}, dues = [0, 5_000, 9_000]) {
      const ended: Attempt = { index: 0, attempt: 1, startedMs: 0, finishedMs: 0, ...first };
      const hangs = new Promise<Attempt>(() => undefined);
      const sent: number[] = [];
      const sender = {
        warmUp: () => undefined,
        prepare: () => Promise.resolve(),
        send: ({ index }: Delivery) => {
          sent.push(index);
          const attempt = index === 0 ? Promise.resolve(ended) : hangs;
          return { attempt, connectionFree: attempt };
        },
      } as unknown as Sender;
      const url = 'http://example.com/';
      const deliveries = dues.map((inMs, index) => ({
        ...{ index, id: `timer-${index}`, attempt: 1, atMs: Date.now() + inMs, url },
        ...(index === 0 && more),
      }));
      const window = { tenant: 'default', requestTimeoutMs: 1_000, deliveries };
      const options = { window, recorded: [], clock, destinations, flows: noFlows, sender };
      const held = new HeldWindow({ ...options, slots: places() });
      windows.push(held);
      const lease = new Lease(() => Promise.resolve());
      await lease.confirm();
      held.begin(lease);
      let over = false;
      void held.whenOver().then(() => (over = true));
      const passes = async (ms: number) => {
        for (let left = ms; left > 0; left -= 500) {
          await jest.advanceTimersByTimeAsync(Math.min(500, left));
          await lease.confirm();
        }
        return over;
      };
      return { held, sent, passes };
    }

    it('ends soon after an attempt that failed, so that the next one is planned in time', async () => {
      const { held, passes } = await opened({ statusCode: 503 });
      expect(await passes(1_900)).toBe(false);
      expect(await passes(200)).toBe(true);
      expect(held.close().end).toMatchObject({ attempts: [{ index: 0 }], inFlight: [] });
    });

    it('ends soon after a success that somebody is to be told of, and keeps one that nobody waits for', async () => {
      const told = await opened({ statusCode: 200 }, { awaited: true });
      expect(await told.passes(2_100)).toBe(true);
      const untold = await opened({ statusCode: 200 });
      expect(await untold.passes(4_500)).toBe(false);
    });

    it('goes by what the timer calls a success', async () => {
      const conflict = { statusCode: 409 };
      const isDelivered = await opened(conflict, { successStatuses: [409] });
      expect(await isDelivered.passes(4_500)).toBe(false);
      const hasFailed = await opened({ statusCode: 200 }, { successStatuses: [409] });
      expect(await hasFailed.passes(2_100)).toBe(true);
    });

    it('does not end just before one is due, which would make that late', async () => {
      const { sent, passes } = await opened({ statusCode: 503 }, {}, [0, 2_050, 9_000]);
      expect(await passes(2_040)).toBe(false);
      await passes(20);
      expect(sent).toEqual([0, 1]);
    });

    it('does not wait longer for one that hangs', async () => {
      const { held, passes } = await opened({ statusCode: 503 }, {}, [0, 500, 9_000]);
      expect(await passes(3_900)).toBe(false);
      expect(await passes(200)).toBe(true);
      expect(held.close().end).toMatchObject({ attempts: [{ index: 0 }], inFlight: [1] });
    });

    it('waits for one that hangs where it has nothing else to send: whose worker is killed is sent again', async () => {
      const { passes } = await opened({ statusCode: 503 }, {}, [0, 500]);
      expect(await passes(10_000)).toBe(false);
    });
  });

  it('hands on the places in flows that it holds as soon as it is stopped', async () => {
    const { sent, sender } = destination();
    const lease = new Lease(() => Promise.resolve());
    await lease.confirm();
    const placeMs = Date.now() + 4_000;
    const enter: FlowGate['enter'] = (_tenant, _delivery, over) =>
      new Promise((resolve) =>
        over.addEventListener('abort', () => resolve({ untilMs: placeMs + 0.5, hasPlace: true })),
      );
    const held = windowOf(1, sender, places(), [], {
      ...noFlows,
      limitsOf: () => [{ key: 'a' }],
      enter,
    });
    held.begin(lease);
    await settle();
    held.stop();
    await held.whenOver();
    await settle();
    expect(held.close().end).toEqual({
      attempts: [],
      inFlight: [],
      postponed: [{ index: 0, untilMs: placeMs + 1, hasPlace: true }],
    });
    expect(sent).toEqual([]);
  });

  it('gives its places back when its lease is lost', async () => {
    const { sender, sent } = destination();
    const slots = places(2);
    const lost = new Lease(() => Promise.reject(new LeaseLost('gone')));
    windowOf(2, sender, slots).begin(lost);
    await settle();
    await expect(lost.confirm()).rejects.toThrow(LeaseLost);
    const lease = new Lease(() => Promise.resolve());
    await lease.confirm();
    windowOf(2, sender, slots).begin(lease);
    await settle();
    expect(sent).toEqual([0, 1]);
  });
});
