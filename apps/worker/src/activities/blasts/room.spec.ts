import { describe, expect, it } from '@jest/globals';
import { Room } from './room.js';

describe('the room of a batch', () => {
  it('is used at once where there is enough', () => {
    expect(new Room().waitMs(4, 4, 0)).toBe(0);
  });

  it.each([0, -3])('is waited for where there is %d', (room) => {
    const full = new Room();
    expect([0, 100, 200].map((nowMs) => full.waitMs(room, 4, nowMs))).toEqual([250, 250, 250]);
  });

  it('is used after a moment where there is little, though the other messages hang', () => {
    const room = new Room();
    const leftMs = room.waitMs(1, 4, 0);
    expect(leftMs).toBeGreaterThan(0);
    expect(room.waitMs(1, 4, leftMs - 1)).toBe(1);
    expect(room.waitMs(1, 4, leftMs)).toBe(0);
    expect(room.waitMs(1, 4, leftMs + 5)).toBe(leftMs);
  });
});
