import { describe, expect, it } from '@jest/globals';
import type { RecipientResult } from '#database/blast-sending.js';
import { Batch } from './batch.js';
import type { BatchOptions } from './batch.js';

const RECIPIENTS = [1, 2].map((seq) => ({
  ...{ seq, address: `person-${seq}@example.com`, data: {}, timezone: null, attempts: 1, dueMs: 0 },
}));

const PACE = { status: 'running', rate: null, parallelism: 4, maxFailureRate: null, changes: 0 };

/** What a batch of two is given that may do nothing but what is told otherwise. */
function optionsOf(more: object) {
  return {
    task: { tenant: 'default', id: 'blast', lane: 0, batch: 1, tally: { sent: 0, failed: 0 } },
    before: { claimed: 0, sent: 0, failed: 0 },
    holder: { blast: 'blast', lane: 0, batch: 1, attempt: 1, claim: 'claim' },
    rules: { content: { email: {} } },
    ...{ timezone: 'UTC', tally: { changes: 0, sent: 0, failed: 0 } },
    pacing: {
      pace: () => Promise.resolve({ ...PACE, others: { sent: 0, failed: 0 } }),
      places: () => Promise.resolve({ atMs: [-Infinity, -Infinity], leave: () => undefined }),
    },
    lease: { held: true, whenHeld: () => Promise.resolve(true) },
    persist: <T>(ask: () => Promise<T>) => ask(),
    metrics: { record: () => undefined },
    ...more,
  } as unknown as BatchOptions;
}

describe('a batch', () => {
  it('gives back those of whom it can not find out whether they may be sent to: they were not begun', async () => {
    const recorded: RecipientResult[] = [];
    const options = optionsOf({
      sending: {
        claim: () => Promise.resolve(RECIPIENTS),
        record: (_holder: object, results: RecipientResult[]) => Promise.resolve(recorded.push(...results)),
        noteProgress: () => Promise.resolve(),
      },
      sender: { reasonsAgainst: () => Promise.reject(new Error('no such table')) },
    });
    await expect(new Batch(options).run()).rejects.toThrow('no such table');
    expect(recorded).toEqual([1, 2].map((seq) => ({ seq, status: 'pending', uncounted: true })));
  });

  it('takes nobody where too many have failed in the other lanes, and tells them of its own', async () => {
    let claims = 0;
    const told: object[] = [];
    const pauses: unknown[][] = [];
    const options = optionsOf({
      tally: { changes: 3, sent: 1, failed: 1 },
      sending: {
        claim: () => Promise.resolve((claims++, [])),
        noteProgress: (_holder: object, _ended: number, tally: object) => Promise.resolve(told.push(tally)),
      },
      pacing: {
        pace: () =>
          Promise.resolve({
            ...{ ...PACE, maxFailureRate: 0.5, changes: 3, others: { sent: 5, failed: 13 } },
          }),
      },
      pause: (...asked: unknown[]) => Promise.resolve(pauses.push(asked)),
    });
    expect(await new Batch(options).run()).toEqual({ why: 'stopped', sent: 0, failed: 0 });
    expect(pauses).toEqual([['failure-rate', expect.stringContaining('14 of 20'), 3]]);
    expect(claims).toBe(0);
    expect(told).toEqual([{ changes: 3, sent: 1, failed: 1 }]);
  });
});
