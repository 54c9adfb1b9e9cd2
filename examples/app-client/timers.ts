import type { Client } from '@temporalio/client';
import type { Timer } from '#contracts/timers.js';
import { GroupStart } from '#timers/group-start.js';
import { change, statusOf } from './change.js';
import { GROUP_SETTINGS } from './wheel.js';

const KIND = 'timers';

/** Sets timers, which share one workflow: with all that `GET /timers` reads of them. */
export function setTimers(
  client: Client,
  tenant: string,
  wanted: { url: string; inMs: number }[],
): Promise<Timer[]> {
  const timers = wanted.map(({ url, inMs }) => ({ url, dueMs: Date.now() + inMs }));
  const groups = new GroupStart(client, GROUP_SETTINGS, KIND);
  return groups.start(tenant, timers, { deadlineMs: Date.now() + 5_000 });
}

export function moveTimer(client: Client, tenant: string, { id }: Timer, dueMs: number): Promise<string> {
  return change(client, { tenant, kind: KIND, id }, { kind: 'modify', set: { dueMs } });
}

export function cancelTimer(client: Client, tenant: string, { id }: Timer): Promise<string> {
  return change(client, { tenant, kind: KIND, id }, { kind: 'cancel' });
}

export function timerStatus(client: Client, tenant: string, id: string): Promise<string | undefined> {
  return statusOf(client, { tenant, kind: KIND, id });
}
