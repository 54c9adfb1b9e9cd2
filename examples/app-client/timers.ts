import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { changeTimer } from '#contracts/timer-change.js';
import type { TimerChange } from '#contracts/timer-change.js';
import { decodeTimerId, workflowIdOf } from '#contracts/timer-id.js';
import { getDeadline } from '#contracts/timers.js';
import type { Timer, WheelSettings } from '#contracts/timers.js';
import { GroupStart } from '#timers/group-start.js';

/** As the server has them by default: WHEEL_LEAD_MS, WHEEL_WIDTH_MS, and so on. */
const WHEEL: WheelSettings = {
  ...{ leadMs: 2_000, widthMs: 5_000, requestTimeoutMs: 15_000 },
  retryDelaysMs: [5_000, 60_000, 600_000],
};

/** Sets timers, which share one workflow: with all that `GET /timers` reads of them. */
export function setTimers(
  client: Client,
  tenant: string,
  wanted: { url: string; inMs: number }[],
): Promise<Timer[]> {
  const groups = new GroupStart(client, { wheel: WHEEL, taskQueues: {} });
  const timers = wanted.map(({ url, inMs }) => ({ url, dueMs: Date.now() + inMs }));
  return groups.start(tenant, timers, { deadlineMs: Date.now() + 5_000 });
}

export function moveTimer(client: Client, tenant: string, timer: Timer, dueMs: number): Promise<string> {
  return change(client, tenant, timer.id, { kind: 'modify', set: { dueMs } });
}

export function cancelTimer(client: Client, tenant: string, timer: Timer): Promise<string> {
  return change(client, tenant, timer.id, { kind: 'cancel' });
}

/** By a query, which a worker answers. */
export async function timerStatus(client: Client, tenant: string, id: string): Promise<string | undefined> {
  const { workflowId, index } = placeOf(tenant, id);
  return (await client.workflow.getHandle(workflowId).query(getDeadline, index))?.status;
}

/** By an update: the answer is certain, whether or not the timer is firing at this moment. */
async function change(client: Client, tenant: string, id: string, wish: TimerChange): Promise<string> {
  const handle = client.workflow.getHandle(placeOf(tenant, id).workflowId);
  const request = { changeId: randomUUID(), id, change: wish };
  const { outcome } = await handle.executeUpdate(changeTimer, { args: [request] });
  if (outcome !== 'made') throw new Error(`timer ${id}: ${wish.kind} was ${outcome}`);
  return outcome;
}

function placeOf(tenant: string, id: string): { workflowId: string; index: number } {
  const parts = decodeTimerId(id);
  if (!parts) throw new Error(`${id} is no id of a timer`);
  return { workflowId: workflowIdOf(tenant, parts), index: parts.index };
}
