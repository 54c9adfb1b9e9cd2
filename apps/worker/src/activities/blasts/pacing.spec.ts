import { describe, expect, it } from '@jest/globals';
import type { BlastSending } from '#database/blast-sending.js';
import type { Flows } from '#database/flows.js';
import type { EngineClock } from '../webhook/engine-clock.js';
import type { FlowGate } from '../webhook/flow-gate.js';
import { Pacing } from './pacing.js';

const BLAST = { tenant: 'default', id: 'blast', lane: 0, provider: 'smtp' };
const never = new AbortController().signal;

describe('the pace of a blast', () => {
  it('keeps no place at the provider when the database does not answer', async () => {
    let taken = 0;
    const gate = {
      limitsProvider: () => true,
      enterProvider: () => {
        taken += 1;
        return Promise.resolve({ leave: () => (taken -= 1) });
      },
    };
    const flows = { takePlaces: () => Promise.reject(new Error('no connection')) };
    const pacing = new Pacing(
      BLAST,
      {} as BlastSending,
      flows as unknown as Flows,
      gate as unknown as FlowGate,
      { now: Date.now } as EngineClock,
    );
    const judged = {
      maxFailureRate: null,
      killMs: null,
      senderActive: true,
      content: '',
      changes: 0,
      others: { sent: 0, failed: 0 },
    };
    const pace = { status: 'running', rate: 10, parallelism: 4, ...judged };
    await expect(pacing.places(pace, 5, never)).rejects.toThrow('no connection');
    expect(taken).toBe(0);
  });
});
