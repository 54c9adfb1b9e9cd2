import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { changeTimer } from '#contracts/timer-change.js';
import type { TimerChange } from '#contracts/timer-change.js';
import { decodeTimerId, workflowIdOf } from '#contracts/timer-id.js';
import { getDeadline } from '#contracts/timers.js';
import type { GroupKind } from '#contracts/timers.js';

/** Which timer: an e-mail is one as well, of another kind. */
export interface TimerRef {
  tenant: string;
  kind: GroupKind;
  id: string;
}

/** By an update: the answer is certain, whether or not the timer is firing at this moment. */
export async function change(client: Client, timer: TimerRef, wish: TimerChange): Promise<string> {
  const handle = client.workflow.getHandle(placeOf(timer).workflowId);
  const request = { changeId: randomUUID(), id: timer.id, change: wish };
  const { outcome } = await handle.executeUpdate(changeTimer, { args: [request] });
  if (outcome !== 'made') throw new Error(`timer ${timer.id}: ${wish.kind} was ${outcome}`);
  return outcome;
}

/** By a query, which a worker answers. */
export async function statusOf(client: Client, timer: TimerRef): Promise<string | undefined> {
  const { workflowId, index } = placeOf(timer);
  return (await client.workflow.getHandle(workflowId).query(getDeadline, index))?.status;
}

function placeOf({ tenant, kind, id }: TimerRef): { workflowId: string; index: number } {
  const parts = decodeTimerId(id);
  if (!parts) throw new Error(`${id} is no id of a timer`);
  return { workflowId: workflowIdOf(tenant, parts, kind), index: parts.index };
}
