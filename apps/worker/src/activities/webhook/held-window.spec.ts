import { afterEach, describe, expect, it } from '@jest/globals';
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

  it('does not ask for leave what was stopped while it waited for a place: it might use up the only probe', async () => {
    const { sender, answer, sent } = destination();
    const slots = places(1);
    const asked: string[] = [];
    const admit = (_tenant: string, host: string) => Promise.resolve(void asked.push(host));
    const window = {
      ...{ tenant: 'default', requestTimeoutMs: 1_000 },
      deliveries: [0, 1].map((index) => ({
        ...{ index, id: `timer-${index}`, attempt: 1, atMs: Date.now(), url: 'http://example.com/' },
      })),
    };
    const options = { window, recorded: [], clock, slots, flows: noFlows, sender };
    const held = new HeldWindow({ ...options, destinations: { ...destinations, admit } });
    windows.push(held);
    const lease = new Lease(() => Promise.resolve());
    await lease.confirm();
    held.begin(lease);
    while (sent.length === 0) await settle();
    held.stop();
    answer(0);
    await settle();
    expect(slots.waiting).toBe(0);
    expect(asked).toEqual(['example.com']);
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
