import { describe, expect, it } from '@jest/globals';
import type { BlastTimes } from '#contracts/blast.js';
import type { EngineClock } from '../webhook/engine-clock.js';
import { BlastStateActivities } from './blast-state.activities.js';
import type { BlastStores } from './blast-stores.js';

const KEY = { tenant: 'default', id: '5b1f7f6e-61a1-4d6c-9f5c-0f6a3c7a2b10', quiet: true };
const AT_MS = Date.parse('2031-03-30T09:30:00Z');

/** This machine's clock is wrong. */
const clock = { now: () => AT_MS } as EngineClock;

const viewOf = async (times: BlastTimes, ahead: object = { sending: false }) => {
  const blast = { status: 'scheduled', run: 1, parallelism: 32, killAt: null, times };
  const stores = {
    blasts: { find: () => Promise.resolve(blast) },
    sending: { ahead: () => Promise.resolve(ahead) },
  };
  const activities = new BlastStateActivities({ open: () => stores } as unknown as BlastStores, clock);
  return activities.viewBlast(KEY);
};

describe('how a blast is seen', () => {
  it('has its list made at its time, also where each recipient has a time of their own: until then they come in', async () => {
    expect(await viewOf({ timezone: 'UTC', atMs: AT_MS })).toMatchObject({ startMs: AT_MS });
    const local = { timezone: 'UTC', atMs: AT_MS, local: '2031-03-30T23:30:00' };
    expect(await viewOf(local)).toMatchObject({ startMs: AT_MS });
  });

  it("says by the engine's clock when the next of those who wait is due", async () => {
    const ahead = { sending: false, dueInMs: 1_500.5 };
    expect(await viewOf({ timezone: 'UTC' }, ahead)).toMatchObject({ nextMs: AT_MS + 1_501 });
  });

  it('has its list made at once where it has no time', async () => {
    expect(await viewOf({ timezone: 'UTC' })).not.toHaveProperty('startMs');
  });
});
