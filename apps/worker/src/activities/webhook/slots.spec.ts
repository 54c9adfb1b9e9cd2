import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Slots } from './slots.js';
import type { SlotLimits, SlotRequest } from './slots.js';

/** Lets everything that can go on go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function slotsOf({ perDestination = 100, ...limits }: Partial<Record<keyof SlotLimits, number>>): Slots {
  return new Slots({ perWorker: 100, tenantShare: 1, ...limits, perDestination: () => perDestination });
}

const of = (destination: string, overdue = false, tenant = 't'): SlotRequest => ({
  ...{ tenant, destination, overdue },
});

/** Asks for places that are never given back, and tells how many were given. */
async function heldBy(slots: Slots, requests: SlotRequest[]): Promise<number> {
  let held = 0;
  for (const request of requests) void slots.acquire(request).then(() => held++);
  await settle();
  return held;
}

const many = (count: number, tenant: string, overdue = false) =>
  Array.from({ length: count }, (_, index) => of(`host-${index}`, overdue, tenant));

describe('slots', () => {
  it('let no more requests begin than there are places', async () => {
    const slots = slotsOf({ perWorker: 3, perDestination: 2 });
    const begun: string[] = [];
    for (const destination of ['a', 'a', 'a', 'b', 'b']) {
      void slots.acquire(of(destination)).then(() => begun.push(destination));
    }
    await settle();
    expect(begun).toEqual(['a', 'a', 'b']);
  });

  it('give a place to the next only once, however often it is given back', async () => {
    const slots = slotsOf({ perWorker: 1, perDestination: 1 });
    const release = await slots.acquire(of('a'));
    let begun = 0;
    for (let i = 0; i < 3; i++) void slots.acquire(of('a')).then(() => begun++);
    release();
    release();
    await settle();
    expect(begun).toBe(1);
  });

  it('keep half of the places from what is overdue, so that a backlog does not make others late', async () => {
    const slots = slotsOf({ perDestination: 4 });
    const ten = Array.from({ length: 10 }, () => of('a', true));
    expect(await heldBy(slots, ten)).toBe(2);
    expect(await heldBy(slots, [of('a')])).toBe(1);
  });

  it('let no crowd of what is overdue hold up what is due in this moment', async () => {
    const slots = slotsOf({ perWorker: 1_000, perDestination: 1_000 });
    let begun = 0;
    let begunBefore = NaN;
    for (let i = 0; i < 500; i++) void slots.acquire(of('a', true)).then(() => begun++);
    await new Promise<void>((resolve) => setImmediate(resolve));
    await slots.acquire(of('b')).then(() => (begunBefore = begun));
    expect(begunBefore).toBeLessThan(10);
  });

  it('let what is punctual go before what is overdue', async () => {
    const slots = slotsOf({ perWorker: 1, perDestination: 1 });
    const release = await slots.acquire(of('a'));
    const begun: string[] = [];
    void slots.acquire(of('a', true)).then(() => begun.push('overdue'));
    void slots.acquire(of('a')).then(() => begun.push('punctual'));
    release();
    await settle();
    expect(begun).toEqual(['punctual']);
  });

  it('let what is late by little wait for no backlog, and a backlog for nothing that comes later', async () => {
    const slots = slotsOf({ perWorker: 2 });
    const first = await slots.acquire(of('a', true));
    const begun: string[] = [];
    const wait = (name: string) =>
      void slots.acquire(of('a', true)).then((release) => {
        begun.push(name);
        release();
      });
    for (let place = 0; place < 10; place++) wait(`backlog ${place}`);
    for (let place = 0; place < 10; place++) wait(`late ${place}`);
    first();
    await settle();
    expect(begun).toHaveLength(20);
    expect(begun.slice(0, 4)).toEqual(['backlog 0', 'late 9', 'backlog 1', 'late 8']);
  });

  it('let destinations take turns', async () => {
    const slots = slotsOf({ perWorker: 1, perDestination: 1 });
    const begun: string[] = [];
    const first = await slots.acquire(of('a'));
    for (const destination of ['a', 'a', 'b', 'b', 'c']) {
      void slots.acquire(of(destination)).then((release) => {
        begun.push(destination);
        release();
      });
    }
    first();
    await settle();
    expect(begun).toEqual(['a', 'b', 'c', 'a', 'b']);
  });

  it('give a tenant that is alone its share, and one that comes later a place at once', async () => {
    const slots = slotsOf({ perWorker: 100, tenantShare: 0.5 });
    expect(await heldBy(slots, many(100, 'noisy'))).toBe(50);
    expect(await heldBy(slots, many(10, 'quiet'))).toBe(10);
  });

  it('leave places even beside several greedy tenants, whose backlogs get no more than half of their shares', async () => {
    const slots = slotsOf({ perWorker: 100, tenantShare: 0.5 });
    for (const tenant of ['a', 'b', 'c']) await heldBy(slots, many(100, tenant));
    expect(await heldBy(slots, many(5, 'quiet'))).toBe(5);
    const backlog = slotsOf({ perWorker: 90, tenantShare: 0.5 });
    expect(await heldBy(backlog, many(90, 'a', true))).toBe(30);
    expect(await heldBy(backlog, many(90, 'a'))).toBe(15);
  });

  it('give a free place to the tenant that holds the fewest', async () => {
    const slots = slotsOf({ perWorker: 3, tenantShare: 1 });
    const releases = [];
    for (const tenant of ['a', 'a', 'b']) releases.push(await slots.acquire(of('x', false, tenant)));
    const begun: string[] = [];
    for (const tenant of ['a', 'b', 'c']) {
      void slots.acquire(of('x', false, tenant)).then(() => begun.push(tenant));
    }
    for (const release of releases) release();
    await settle();
    expect(begun).toEqual(['c', 'a', 'b']);
  });

  it('count the same destination of two tenants apart', async () => {
    const slots = slotsOf({ perWorker: 100, perDestination: 2 });
    expect(await heldBy(slots, [of('x', false, 'a'), of('x', false, 'a'), of('x', false, 'a')])).toBe(2);
    expect(await heldBy(slots, [of('x', false, 'b')])).toBe(1);
  });

  const anyRequest: fc.Arbitrary<SlotRequest> = fc.record({
    tenant: fc.constantFrom('t1', 't2', 't3'),
    destination: fc.constantFrom('a', 'b', 'c'),
    overdue: fc.boolean(),
  });
  const anyLimits = fc.record({
    perWorker: fc.integer({ min: 1, max: 8 }),
    perDestination: fc.integer({ min: 1, max: 3 }),
    tenantShare: fc.constantFrom(0.1, 0.5, 0.75, 1),
  });

  it('serve every request in the end, and never hold more than any limit, whatever the order', async () => {
    await fc.assert(
      fc.asyncProperty(anyLimits, fc.array(anyRequest, { maxLength: 40 }), async (limits, requests) => {
        const slots = slotsOf(limits);
        const held: SlotRequest[] = [];
        const sameAs = (one: SlotRequest) =>
          held.filter(({ tenant, destination }) => tenant === one.tenant && destination === one.destination);
        const served = requests.map(async (request) => {
          const release = await slots.acquire(request);
          held.push(request);
          expect(held.length).toBeLessThanOrEqual(limits.perWorker);
          expect(sameAs(request).length).toBeLessThanOrEqual(limits.perDestination);
          await settle();
          held.splice(held.indexOf(request), 1);
          release();
        });
        await Promise.all(served);
      }),
      { numRuns: 50 },
    );
  });

  it('leave no place free that a waiting request could have', async () => {
    const anyStep = fc.oneof(
      fc.record({ what: fc.constant('ask' as const), request: anyRequest }),
      fc.record({ what: fc.constant('give back' as const), pick: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(anyLimits, fc.array(anyStep, { maxLength: 60 }), async (limits, steps) => {
        const slots = slotsOf(limits);
        const held: { request: SlotRequest; release: () => void }[] = [];
        const waiting = new Set<SlotRequest>();
        for (const step of steps) {
          if (step.what === 'ask') {
            const request = { ...step.request };
            waiting.add(request);
            void slots.acquire(request).then((release) => {
              waiting.delete(request);
              held.push({ request, release });
            });
          } else if (held.length > 0) {
            held.splice(step.pick % held.length, 1)[0]?.release();
          }
          await settle();
          const holds = held.map(({ request }) => request);
          for (const request of waiting) expect(mayBegin(request, holds, limits)).toBe(false);
        }
      }),
      { numRuns: 100 },
    );
  });
});

/** The rules, said once more and from what is held alone. */
function mayBegin(
  { tenant, destination, overdue }: SlotRequest,
  held: SlotRequest[],
  { perWorker, perDestination, tenantShare }: Record<keyof SlotLimits, number>,
): boolean {
  const free = perWorker - held.length;
  const ofTenant = held.filter((other) => other.tenant === tenant);
  const sameLine = ofTenant.filter((other) => other.destination === destination);
  const overdueOf = (requests: SlotRequest[]) => requests.filter((other) => other.overdue).length;
  const most = tenantShare === 1 ? Infinity : (free * tenantShare) / (1 - tenantShare);
  const mostOverdue = tenantShare === 1 ? perWorker / 2 : most / 2;
  if (free <= 0 || ofTenant.length >= most || sameLine.length >= perDestination) return false;
  return !overdue || (overdueOf(ofTenant) < mostOverdue && overdueOf(sameLine) < perDestination / 2);
}
