import { describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { DESTINATION_STATUS, newDestination } from '#contracts/destination.js';
import { SharedDestinations } from './shared-destinations.js';

const circuit = { pauseAfterMs: 1_000, probeIntervalMs: 1_000, quietMs: 1_000 };

function sharedWith(workflow: object): SharedDestinations {
  const client = { workflow, withDeadline: (_deadline: number, act: () => unknown) => act() };
  return new SharedDestinations(client as unknown as Client, { circuit, taskQueue: 'timers' });
}

/** An engine that has so many destinations. */
const having = (count: number) =>
  sharedWith({
    *list() {
      for (let i = 0; i < count; i++)
        yield { memo: { [DESTINATION_STATUS]: newDestination('t', `${i}`, 0) } };
    },
  });

describe('what workers share of destinations', () => {
  it('is all there is, and says so', async () => {
    const { statuses, complete } = await having(3).list();
    expect(statuses.map(({ host }) => host)).toEqual(['0', '1', '2']);
    expect(complete).toBe(true);
  });

  it('is cut off where there are thousands, and says so', async () => {
    const { statuses, complete } = await having(6_000).list();
    expect(statuses).toHaveLength(5_000);
    expect(complete).toBe(false);
  });

  it('lets a delivery through to a destination that is healthy by now, and none when the engine is away', async () => {
    const failing = (error: Error) =>
      sharedWith({ getHandle: () => ({ executeUpdate: () => Promise.reject(error) }) });
    const gone = new WorkflowNotFoundError('gone', 'destination:t:h', undefined);
    expect(await failing(gone).claimProbe('t', 'h')).toBe(true);
    await expect(failing(new Error('away')).claimProbe('t', 'h')).rejects.toThrow('away');
  });
});
