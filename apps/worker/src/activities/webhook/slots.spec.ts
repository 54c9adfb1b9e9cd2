import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Slots } from './slots.js';

/** Lets everything that can go on go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('slots', () => {
  it('let no more requests begin than there are places', async () => {
    const slots = new Slots({ perWorker: 3, perDestination: 2 });
    const begun: string[] = [];
    for (const destination of ['a', 'a', 'a', 'b', 'b']) {
      void slots.acquire(destination, false).then(() => begun.push(destination));
    }
    await settle();
    expect(begun).toEqual(['a', 'a', 'b']);
  });

  it('give a place to the next only once, however often it is given back', async () => {
    const slots = new Slots({ perWorker: 1, perDestination: 1 });
    const release = await slots.acquire('a', false);
    let begun = 0;
    for (let i = 0; i < 3; i++) void slots.acquire('a', false).then(() => begun++);
    release();
    release();
    await settle();
    expect(begun).toBe(1);
  });

  it('keep half of the places from what is overdue, so that a backlog does not make others late', async () => {
    const slots = new Slots({ perWorker: 100, perDestination: 4 });
    let overdue = 0;
    for (let i = 0; i < 10; i++) void slots.acquire('a', true).then(() => overdue++);
    await settle();
    expect(overdue).toBe(2);
    await Promise.race([
      slots.acquire('a', false),
      settle().then(() => Promise.reject(new Error('had to wait'))),
    ]);
  });

  it('let what is punctual go before what is overdue', async () => {
    const slots = new Slots({ perWorker: 1, perDestination: 1 });
    const release = await slots.acquire('a', false);
    const begun: string[] = [];
    void slots.acquire('a', true).then(() => begun.push('overdue'));
    void slots.acquire('a', false).then(() => begun.push('punctual'));
    release();
    await settle();
    expect(begun).toEqual(['punctual']);
  });

  it('let destinations take turns', async () => {
    const slots = new Slots({ perWorker: 1, perDestination: 1 });
    const begun: string[] = [];
    const first = await slots.acquire('a', false);
    for (const destination of ['a', 'a', 'b', 'b', 'c']) {
      void slots.acquire(destination, false).then((release) => {
        begun.push(destination);
        release();
      });
    }
    first();
    await settle();
    expect(begun).toEqual(['a', 'b', 'c', 'a', 'b']);
  });

  it('serve every request in the end, whatever the order', async () => {
    const anyRequest = fc.record({ destination: fc.constantFrom('a', 'b', 'c'), overdue: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(anyRequest, { maxLength: 40 }), async (requests) => {
        const slots = new Slots({ perWorker: 3, perDestination: 2 });
        let active = 0;
        const served = requests.map(async ({ destination, overdue }) => {
          const release = await slots.acquire(destination, overdue);
          expect(++active).toBeLessThanOrEqual(3);
          await settle();
          active--;
          release();
        });
        await Promise.all(served);
      }),
      { numRuns: 50 },
    );
  });
});
