import { describe, expect, it } from '@jest/globals';
import { Connections } from './connections.js';

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('Connections to the mail server', () => {
  it('are given to those who wait, in their order, and never to more than there are', async () => {
    const connections = new Connections(2);
    const taken: number[] = [];
    for (const who of [1, 2, 3, 4]) void connections.take().then(() => taken.push(who));
    await settle();
    expect(taken).toEqual([1, 2]);
    connections.give();
    await settle();
    expect(taken).toEqual([1, 2, 3]);
    connections.give();
    connections.give();
    connections.give();
    await settle();
    expect(taken).toEqual([1, 2, 3, 4]);
    expect(await connections.take()).toBe(true);
  });

  it('are not lost with those who gave up waiting', async () => {
    const connections = new Connections(1);
    await connections.take();
    const impatient = new AbortController();
    const gaveUp = connections.take(impatient.signal);
    const patient = connections.take();
    impatient.abort();
    expect(await gaveUp).toBe(false);
    connections.give();
    expect(await patient).toBe(true);
    connections.give();
    expect(await connections.take(AbortSignal.abort())).toBe(false);
    expect(await connections.take()).toBe(true);
  });
});
