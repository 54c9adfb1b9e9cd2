import type { Client } from '@temporalio/client';
import { MAX_TIMERS_PER_GROUP } from '#contracts/timers.js';
import type { Timer } from '#contracts/timers.js';
import { GroupStart } from '#timers/group-start.js';
import type { TimerRequest } from '#timers/group-start.js';

const SETTINGS = {
  ...{ horizonMs: Infinity, startsInFlight: 1, taskQueues: {}, keepsFlows: true, bodyLimitBytes: 262_144 },
  wheel: { leadMs: 2_000, widthMs: 10_000, requestTimeoutMs: 30_000, retryDelaysMs: [1_000, 1_000, 1_000] },
};

/** Starts timers of any tenant, in full groups, as the server would, but past its API. */
export async function startTimers(
  client: Client,
  tenant: string,
  requests: TimerRequest[],
): Promise<Timer[]> {
  const groups = new GroupStart(client, SETTINGS);
  const timers: Timer[] = [];
  for (let at = 0; at < requests.length; at += MAX_TIMERS_PER_GROUP) {
    const group = requests.slice(at, at + MAX_TIMERS_PER_GROUP);
    timers.push(...(await groups.start(tenant, group, { deadlineMs: Date.now() + 30_000 })));
  }
  return timers;
}
