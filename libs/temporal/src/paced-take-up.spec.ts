import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { SlotPermit, SlotReserveContext, WorkflowSlotInfo } from '@temporalio/worker';
import { PacedTakeUp } from './paced-take-up.js';

const never = new AbortController().signal;
const of = (isSticky: boolean) => ({ isSticky }) as SlotReserveContext;
const slotInfo: WorkflowSlotInfo = { type: 'workflow', workflowType: 'job', isSticky: false };

/** Whether it has been given out by now. */
async function isOut(slot: Promise<SlotPermit>): Promise<boolean> {
  return (await Promise.race([slot.then(() => true), sleep(0, false)])) === true;
}

/** A task in that slot that takes so long. */
async function run(slots: PacedTakeUp, permit: SlotPermit, ms: number): Promise<void> {
  slots.markSlotUsed({ slotInfo, permit });
  await sleep(ms);
  slots.releaseSlot({ slotInfo, permit });
}

describe('the slots for workflow tasks', () => {
  it('are taken by one new workflow at a time, however many are free', async () => {
    const slots = new PacedTakeUp({ tasks: 4, rest: () => 0 });
    const first = await slots.reserveSlot(of(false), never);
    const second = slots.reserveSlot(of(false), never);
    expect(await isOut(second)).toBe(false);
    slots.releaseSlot({ permit: first });
    expect(await isOut(second)).toBe(true);
  });

  it('rest after a new workflow for a multiple of what it took', async () => {
    const slots = new PacedTakeUp({ tasks: 4, rest: () => 2 });
    await run(slots, await slots.reserveSlot(of(false), never), 50);
    const releasedMs = performance.now();
    await slots.reserveSlot(of(false), never);
    expect(performance.now() - releasedMs).toBeGreaterThan(90);
  });

  it('do not rest after a poll that has found nothing', async () => {
    const slots = new PacedTakeUp({ tasks: 4, rest: () => 1_000_000 });
    slots.releaseSlot({ permit: await slots.reserveSlot(of(false), never) });
    expect(await isOut(slots.reserveSlot(of(false), never))).toBe(true);
  });

  it('are there for workflows that were taken up, whatever is new, as many as there are', async () => {
    const slots = new PacedTakeUp({ tasks: 2, rest: () => 1_000_000 });
    await run(slots, await slots.reserveSlot(of(false), never), 1);
    const known = [1, 2, 3].map(() => slots.reserveSlot(of(true), never));
    expect(await Promise.all(known.map(isOut))).toEqual([true, true, false]);
    await run(slots, (await known[0]) as SlotPermit, 1);
    expect(await isOut(known[2] as Promise<SlotPermit>)).toBe(true);
  });

  it('go to the next in line when one gives up waiting', async () => {
    const slots = new PacedTakeUp({ tasks: 1, rest: () => 0 });
    const permit = await slots.reserveSlot(of(true), never);
    const stop = new AbortController();
    const [stopped, patient] = [slots.reserveSlot(of(true), stop.signal), slots.reserveSlot(of(true), never)];
    stop.abort(new Error('stopped'));
    await expect(stopped).rejects.toThrow('stopped');
    slots.releaseSlot({ permit });
    expect(await isOut(patient)).toBe(true);
  });
});
