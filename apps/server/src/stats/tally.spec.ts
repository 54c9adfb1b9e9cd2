import { describe, expect, it } from '@jest/globals';
import type { TimerLine } from '#contracts/timer-line.js';
import { Tally } from './tally.js';

const NOW = 1_800_000_000_000;

function line(of: Partial<TimerLine>): TimerLine {
  const dueMs = of.dueMs ?? NOW;
  return {
    ...{ id: 'x', host: 'example.com', status: 'delivered', attempts: 1, version: 0 },
    ...{ dueMs, createdMs: 0, changedMs: 0, nextAttemptMs: dueMs },
    ...of,
  };
}

function tallyOf(lines: Partial<TimerLine>[]): Tally {
  const tally = new Tally({ lateAfterMs: 1_000, nowMs: NOW });
  for (const each of lines) tally.add(line(each));
  return tally;
}

describe('the tally of timers', () => {
  it('is all zero and null of no timers', () => {
    const { counts, late, missed, lateness } = tallyOf([]);
    expect(Object.values(counts)).toEqual([0, 0, 0, 0, 0, 0]);
    expect({ late, missed, lateness }).toEqual({
      ...{ late: 0, missed: 0 },
      lateness: { p50_ms: null, p99_ms: null, max_ms: null },
    });
  });

  it('tells the lateness that half, that 99 of 100, and that all of the timers do not exceed', () => {
    const thousand = Array.from({ length: 1_000 }, (_, i) => ({ latenessMs: 1_000 - i }));
    expect(tallyOf(thousand).lateness).toEqual({ p50_ms: 500, p99_ms: 990, max_ms: 1_000 });
    expect(tallyOf([{ latenessMs: 7 }]).lateness).toEqual({ p50_ms: 7, p99_ms: 7, max_ms: 7 });
  });

  it('calls late what is later than the threshold, not what is just at it', () => {
    expect(tallyOf([{ latenessMs: 1_000 }, { latenessMs: 1_001 }]).late).toBe(1);
  });

  it('calls missed what is long overdue and was never tried', () => {
    const overdue = { status: 'scheduled', attempts: 0, dueMs: NOW - 60_001 } as const;
    expect(tallyOf([overdue]).missed).toBe(1);
    expect(tallyOf([{ ...overdue, dueMs: NOW - 60_000 }]).missed).toBe(0);
    expect(tallyOf([{ ...overdue, status: 'retrying', attempts: 1 }]).missed).toBe(0);
    expect(tallyOf([{ ...overdue, status: 'expired' }]).missed).toBe(0);
  });

  it('does not call missed what was postponed for want of room at its destination', () => {
    const postponed = { dueMs: NOW - 100_000, nextAttemptMs: NOW + 5_000 };
    expect(tallyOf([{ ...postponed, status: 'scheduled', attempts: 0 }]).missed).toBe(0);
  });
});
