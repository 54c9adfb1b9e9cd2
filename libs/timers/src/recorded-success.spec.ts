import { describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { defaultDataConverter } from '@temporalio/common';
import { encodeToPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { Attempt } from '#contracts/delivery.js';
import type { TimerView } from '#contracts/timers.js';
import { successIn } from './recorded-success.js';

const client = { options: { loadedDataConverter: defaultDataConverter } } as unknown as Client;
const timer = { id: 'a', url: 'http://example.com/', dueMs: 1_000 };
const view = { timer, status: 'scheduled', nextAttemptMs: 3_000, held: true, attempts: 0 } as TimerView;
const attempt: Attempt = { index: 0, attempt: 1, startedMs: 3_001, finishedMs: 3_005, statusCode: 200 };

const windowWith = async (...attempts: Attempt[]) => ({
  heartbeatDetails: { payloads: await encodeToPayloads(defaultDataConverter, { attempts }) },
});

describe('a success that a window has recorded', () => {
  it('was scheduled for when the attempt should have begun, also where it was postponed since', async () => {
    const activities = [await windowWith(attempt)];
    const [onTime, postponed] = [view, { ...view, plannedMs: 1_000 }];
    expect(await successIn(client, activities, 0, onTime)).toMatchObject({ attempt: 1, scheduledMs: 3_000 });
    expect(await successIn(client, activities, 0, postponed)).toMatchObject({ scheduledMs: 1_000 });
  });

  it('is one by what the timer calls a success', async () => {
    const activities = [await windowWith({ ...attempt, statusCode: 409 })];
    const tolerant = { ...view, timer: { ...timer, successStatuses: [409] } };
    expect(await successIn(client, activities, 0, view)).toBeUndefined();
    expect(await successIn(client, activities, 0, tolerant)).toMatchObject({ statusCode: 409 });
  });

  it('is found in any window of the group, and looked for in none where there is none', async () => {
    const other = await windowWith({ ...attempt, index: 1 });
    expect(await successIn(client, [{}, other, await windowWith(attempt)], 0, view)).toMatchObject({
      attempt: 1,
    });
    expect(await successIn(client, null, 0, view)).toBeUndefined();
  });
});
