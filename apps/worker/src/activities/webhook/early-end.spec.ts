import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Attempt, Delivery } from '#contracts/delivery.js';
import type { FlowLimit } from '#database/flows.js';
import type { EngineClock } from './engine-clock.js';
import { HeldWindow } from './held-window.js';
import type { HeldWindowOptions } from './held-window.js';
import { Lease } from '../lease/lease.js';
import { Slots } from './slots.js';
import type { Sender } from './sender.js';

const clock = { now: () => Date.now() } as EngineClock;
const flows: HeldWindowOptions['flows'] = {
  prepare: () => Promise.resolve(),
  limitsOf: () => [],
  enter: () => Promise.resolve({ leave: () => undefined }),
};
const destinations: HeldWindowOptions['destinations'] = {
  admit: () => Promise.resolve(undefined),
  record: () => undefined,
};
const windows: HeldWindow[] = [];
const slots = (count: number) => new Slots({ perWorker: count, perDestination: () => count, tenantShare: 1 });

interface Opened {
  /** What comes of the first delivery; the others hang. */
  first?: Partial<Attempt>;
  /** Of the first delivery. */
  more?: Partial<Delivery>;
  /** When they are due, from now. */
  dues?: number[];
  places?: number;
  /** How long it takes to look up the secrets. */
  lookUpMs?: number;
  options?: Partial<HeldWindowOptions>;
}

/** A window that is wide, and what it does while time passes. */
async function opened({ first, more, dues = [0, 5_000, 9_000], places = 10, lookUpMs = 0, options }: Opened) {
  const ended: Attempt = { index: 0, attempt: 1, startedMs: 0, finishedMs: 0, ...first };
  const hangs = new Promise<Attempt>(() => undefined);
  const told: string[] = [];
  const sender = {
    warmUp: ({ index }: Delivery) => void told.push(`warm ${index}`),
    prepare: async () => {
      told.push('secrets');
      if (lookUpMs > 0) await new Promise((resolve) => setTimeout(resolve, lookUpMs));
    },
    send: ({ index }: Delivery) => {
      told.push(`send ${index}`);
      const attempt = index === 0 ? Promise.resolve(ended) : hangs;
      return { attempt, connectionFree: attempt };
    },
  } as unknown as Sender;
  const url = 'http://example.com/';
  const deliveries: Delivery[] = dues.map((inMs, index) => ({
    ...{ index, id: `timer-${index}`, attempt: 1, atMs: Date.now() + inMs, url },
    ...(index === 0 && more),
  }));
  const window = { tenant: 'default', requestTimeoutMs: 1_000, deliveries };
  const given = { window, recorded: [], clock, destinations, flows, sender, slots: slots(places) };
  const held = new HeldWindow({ ...given, ...options });
  windows.push(held);
  const lease = new Lease(() => Promise.resolve());
  await lease.confirm();
  held.begin(lease);
  let over = false;
  void held.whenOver().then(() => (over = true));
  /** Whether it is over when so much time has passed. */
  const isOverAfter = async (ms: number) => {
    for (let left = ms; left > 0; left -= 500) {
      await jest.advanceTimersByTimeAsync(Math.min(500, left));
      await lease.confirm();
    }
    return over;
  };
  return { held, told, isOverAfter };
}

describe('a wide window', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => {
    for (const held of windows.splice(0)) held.stop();
    jest.useRealTimers();
  });

  it('ends soon after an attempt that failed, so that the next one is planned in time', async () => {
    const { held, isOverAfter } = await opened({ first: { statusCode: 503 } });
    expect(await isOverAfter(1_900)).toBe(false);
    expect(await isOverAfter(200)).toBe(true);
    expect(held.close().end).toMatchObject({ attempts: [{ index: 0 }], inFlight: [] });
  });

  it('ends soon after a success that somebody is to be told of, and keeps one that nobody waits for', async () => {
    const first = { statusCode: 200 };
    const told = await opened({ first, more: { tellsSuccess: true } });
    expect(await told.isOverAfter(2_100)).toBe(true);
    const untold = await opened({ first });
    expect(await untold.isOverAfter(4_500)).toBe(false);
  });

  it('goes by what the timer calls a success', async () => {
    const more = { successStatuses: [409] };
    const delivered = await opened({ first: { statusCode: 409 }, more });
    expect(await delivered.isOverAfter(4_500)).toBe(false);
    const failed = await opened({ first: { statusCode: 200 }, more });
    expect(await failed.isOverAfter(2_100)).toBe(true);
  });

  it('ends soon after one that was too late to be begun, whose expiry may be waited for', async () => {
    const { told, isOverAfter } = await opened({ more: { expiresMs: Date.now() } });
    expect(await isOverAfter(2_100)).toBe(true);
    expect(told).not.toContain('send 0');
  });

  it('ends soon after a failed attempt of the worker that had it before', async () => {
    const recorded: Attempt[] = [{ index: 0, attempt: 1, startedMs: 0, finishedMs: 0, statusCode: 503 }];
    const { isOverAfter } = await opened({ options: { recorded } });
    expect(await isOverAfter(2_100)).toBe(true);
  });

  it('does not end for a success of the worker that had it before', async () => {
    const recorded: Attempt[] = [{ index: 0, attempt: 1, startedMs: 0, finishedMs: 0, statusCode: 200 }];
    const { isOverAfter } = await opened({ options: { recorded } });
    expect(await isOverAfter(4_500)).toBe(false);
  });

  it('ends soon after one whose url is none', async () => {
    const { isOverAfter } = await opened({ more: { url: 'x' } });
    expect(await isOverAfter(2_100)).toBe(true);
  });

  it('ends soon for what is postponed to before its end, and not for what is postponed to after it', async () => {
    const postponedFor = (ms: number) =>
      opened({
        options: {
          destinations: {
            ...destinations,
            admit: () => Promise.resolve(Date.now() + ms),
          },
        },
      });
    expect(await (await postponedFor(8_000)).isOverAfter(2_100)).toBe(true);
    expect(await (await postponedFor(30_000)).isOverAfter(4_500)).toBe(false);
  });

  it('does not end just before one is due, which would make that late', async () => {
    const { told, isOverAfter } = await opened({ first: { statusCode: 503 }, dues: [0, 2_200, 9_000] });
    expect(await isOverAfter(2_190)).toBe(false);
    await isOverAfter(20);
    expect(told).toContain('send 1');
  });

  it('does not wait longer for one that hangs', async () => {
    const { held, isOverAfter } = await opened({ first: { statusCode: 503 }, dues: [0, 500, 9_000] });
    expect(await isOverAfter(2_900)).toBe(false);
    expect(await isOverAfter(200)).toBe(true);
    expect(held.close().end).toMatchObject({ attempts: [{ index: 0 }], inFlight: [1] });
  });

  it('does not end while one waits for a place, which it would lose', async () => {
    const { told, isOverAfter } = await opened({
      ...{ first: { statusCode: 503 }, dues: [0, 100, 200, 9_000], places: 1 },
    });
    expect(await isOverAfter(4_500)).toBe(false);
    expect(told).not.toContain('send 2');
  });

  it('does not end under one that hangs where all that was to come is postponed', async () => {
    const limits: FlowLimit[] = [{ key: 'a' }];
    const far: HeldWindowOptions['flows'] = {
      ...flows,
      limitsOf: (_tenant, { index }) => (index === 2 ? limits : []),
      enter: () => Promise.resolve({ untilMs: Date.now() + 60_000, hasPlace: true }),
    };
    const first = { statusCode: 503 };
    const { isOverAfter } = await opened({ first, dues: [0, 500, 3_050], options: { flows: far } });
    expect(await isOverAfter(2_790)).toBe(false);
    expect(await isOverAfter(10_000)).toBe(false);
  });

  it('does not make one late by looking up what a later one goes by', async () => {
    const { told, isOverAfter } = await opened({
      ...{ first: { statusCode: 200 }, dues: [0, 6_100, 11_000], lookUpMs: 250 },
    });
    await isOverAfter(6_110);
    expect(told).toContain('send 1');
  });

  it('connects ahead again where a connection may have been closed meanwhile', async () => {
    const { told, isOverAfter } = await opened({ first: { statusCode: 200 }, dues: [1_500, 3_000, 9_000] });
    await isOverAfter(9_500);
    const warmed = new Set(told.filter((what) => what.startsWith('warm')));
    expect([...warmed]).toEqual(['warm 0', 'warm 2']);
    expect(told.indexOf('warm 2')).toBeLessThan(told.indexOf('send 2'));
  });

  it('goes by secrets and limits that are no older than some seconds', async () => {
    const limits: FlowLimit[] = [];
    const entered: number[] = [];
    const limited: HeldWindowOptions['flows'] = {
      ...flows,
      limitsOf: () => limits,
      enter: (_tenant, { index }) => {
        entered.push(index);
        return Promise.resolve({ leave: () => undefined });
      },
    };
    const { told, isOverAfter } = await opened({
      ...{ first: { statusCode: 200 }, dues: [0, 11_000], options: { flows: limited } },
    });
    await isOverAfter(1_000);
    limits.push({ key: 'host:example.com' });
    expect(told.filter((what) => what === 'secrets')).toHaveLength(1);
    await isOverAfter(10_500);
    expect(told.filter((what) => what === 'secrets')).toHaveLength(2);
    expect(entered).toEqual([1]);
  });

  it('waits for one that hangs where nothing else is to come: whose worker is killed is sent again', async () => {
    const { isOverAfter } = await opened({ first: { statusCode: 503 }, dues: [0, 500] });
    expect(await isOverAfter(10_000)).toBe(false);
  });
});
