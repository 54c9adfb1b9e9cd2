import { describe, expect, it } from '@jest/globals';
import { Seats } from './seats.js';

describe('the seats of a batch', () => {
  it('are taken by so many at a time, in the order of coming, also when their number changes', async () => {
    const seats = new Seats();
    const order: number[] = [];
    const all = [0, 1, 2, 3, 4].map((number) => seats.take().then(() => order.push(number)));
    seats.allow(2);
    await Promise.all(all.slice(0, 2));
    expect(order).toEqual([0, 1]);
    seats.allow(1);
    seats.give();
    await Promise.resolve();
    expect(order).toEqual([0, 1]);
    seats.give();
    await all[2];
    expect(order).toEqual([0, 1, 2]);
    seats.allow(Infinity);
    await Promise.all(all);
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });
});
