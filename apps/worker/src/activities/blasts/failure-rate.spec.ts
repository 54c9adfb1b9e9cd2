import { describe, expect, it } from '@jest/globals';
import type { BlastPace } from '#database/blast-sending.js';
import { FailureRate } from './failure-rate.js';

const pace = (more: Partial<BlastPace> = {}): BlastPace => ({
  ...{
    status: 'running',
    rate: null,
    parallelism: 4,
    maxFailureRate: 0.5,
    killMs: null,
    senderActive: true,
    content: '',
    changes: 1,
  },
  ...{ others: { sent: 0, failed: 0 }, ...more },
});

describe('how many messages of a blast have failed', () => {
  it('is the sum of all lanes, and nothing to judge by before 20 have ended', () => {
    const now = { sent: 1, failed: 3 };
    const rate = new FailureRate({ changes: 1, sent: 1, failed: 2 }, () => now);
    expect(rate.tooHigh(pace({ others: { sent: 4, failed: 8 } }))).toBeUndefined();
    expect(rate.tooHigh(pace({ others: { sent: 4, failed: 9 } }))).toContain('14 of 20 messages');
    expect(rate.tooHigh(pace({ others: { sent: 7, failed: 9 } }))).toContain('14 of 23 messages');
    expect(rate.tooHigh(pace({ others: { sent: 12, failed: 9 } }))).toBeUndefined();
    expect(rate.tooHigh(pace({ others: { sent: 4, failed: 9 }, maxFailureRate: null }))).toBeUndefined();
  });

  it('is told to the other lanes with what came before in this one', () => {
    const rate = new FailureRate({ changes: 1, sent: 5, failed: 6 }, () => ({ sent: 2, failed: 3 }));
    expect(rate.lane).toEqual({ changes: 1, sent: 7, failed: 9 });
  });

  it('begins anew when something was done to the blast, here as in the other lanes', () => {
    const now = { sent: 0, failed: 30 };
    const rate = new FailureRate({ changes: 1, sent: 0, failed: 30 }, () => ({ ...now }));
    expect(rate.tooHigh(pace())).toContain('60 of 60');
    rate.follow(1);
    expect(rate.tooHigh(pace())).toContain('60 of 60');
    rate.follow(2);
    expect(rate.tooHigh(pace())).toBeUndefined();
    expect(rate.lane).toEqual({ changes: 2, sent: 0, failed: 0 });
    now.failed += 20;
    expect(rate.tooHigh(pace())).toContain('20 of 20');
    expect(rate.lane).toEqual({ changes: 2, sent: 0, failed: 20 });
  });
});
