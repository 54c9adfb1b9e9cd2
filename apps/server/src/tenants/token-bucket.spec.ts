import { beforeEach, describe, expect, it } from '@jest/globals';
import { TokenBucket } from './token-bucket.js';

describe('a token bucket of 10 per second', () => {
  let nowMs: number;
  let bucket: TokenBucket;

  beforeEach(() => {
    nowMs = 0;
    bucket = new TokenBucket(10, () => nowMs);
  });

  it('gives 10 at once, and then one each 100 ms', () => {
    expect(Array.from({ length: 10 }, () => bucket.take(1))).toEqual(Array(10).fill(0));
    expect(bucket.take(1)).toBe(100);
    nowMs = 99;
    expect(bucket.take(1)).toBe(1);
    nowMs = 100;
    expect(bucket.take(1)).toBe(0);
    expect(bucket.take(1)).toBe(100);
  });

  it('gives no more than 10 per second in the long run, however it is asked', () => {
    let given = 0;
    for (nowMs = 0; nowMs < 60_000; nowMs += 7) if (bucket.take(3) === 0) given += 3;
    expect(given).toBeLessThanOrEqual(10 + 600);
    expect(given).toBeGreaterThan(590);
  });

  it('does not save up more than a second', () => {
    nowMs = 3_600_000;
    expect(bucket.left).toBe(10);
    expect(bucket.fullInMs).toBe(0);
  });

  it('takes more than it holds when it is full, and makes up for it afterwards', () => {
    expect(bucket.take(50)).toBe(0);
    expect(bucket.left).toBe(0);
    expect(bucket.fullInMs).toBe(5_000);
    expect(bucket.take(1)).toBe(4_100);
    nowMs = 4_100;
    expect(bucket.take(1)).toBe(0);
  });

  it('takes nothing when it refuses', () => {
    bucket.take(8);
    expect(bucket.take(5)).toBe(300);
    expect(bucket.left).toBe(2);
  });
});
