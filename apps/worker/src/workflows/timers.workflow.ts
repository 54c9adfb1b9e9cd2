import {
  condition,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { DeliverActivities, DeliveryWindow } from '#contracts/delivery.js';
import { isPending, PENDING, pendingPowers } from '#contracts/pending.js';
import { TIMER_STATUSES } from '#contracts/search-attributes.js';
import { attemptEnded, getDeadline, timerLine } from '#contracts/timers.js';
import type { TimersInput } from '#contracts/timers.js';
import { HEARTBEAT_TIMEOUT_MS, WINDOW_TIMEOUT_MS } from '#contracts/lease.js';
import { Wheel } from './wheel.js';

const { deliver } = proxyActivities<DeliverActivities>({
  startToCloseTimeout: WINDOW_TIMEOUT_MS,
  heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  // A window is lost only with its worker: the next one is to have it at once, however often that happens.
  retry: { initialInterval: 100, backoffCoefficient: 1.5, maximumInterval: 2000 },
});

/** Carries the timers of one group until each has ended. */
export async function timers(input: TimersInput): Promise<void> {
  const wheel = new Wheel(input, Math.random);
  let published = statuses(wheel);
  let changed = false;

  setHandler(getDeadline, (index) => wheel.view(index));
  setHandler(attemptEnded, (attempt) => {
    wheel.applyAttempt(attempt);
    changed = true;
  });

  async function turn(number: number, window: DeliveryWindow): Promise<void> {
    try {
      wheel.closeWindow(number, await deliver(window), Date.now());
      changed = true;
    } catch (error) {
      if (!isCancellation(error)) throw error;
    }
  }

  // What can be read and searched without a worker.
  function publish(): void {
    const current = statuses(wheel);
    if (current.join() === published.join()) return;
    published = current;
    upsertMemo({ timers: wheel.views().map(timerLine) });
    upsertSearchAttributes([
      { key: TIMER_STATUSES, value: [...new Set(current)] },
      { key: PENDING, value: pendingPowers(current.filter(isPending).length) },
    ]);
  }

  while (!wheel.ended) {
    wheel.loseUnreported(Date.now());
    // Windows overlap: a destination that hangs in one must not hold up the next.
    for (let opened; (opened = wheel.openWindow(Date.now()));) void turn(opened.number, opened.window);
    publish();
    if (workflowInfo().continueAsNewSuggested && !wheel.holdsWindows) {
      await continueAsNew<typeof timers>(wheel.continued());
    }
    const sleepMs = wheel.nextWakeMs - Date.now();
    changed = false;
    if (sleepMs === Infinity) await condition(() => changed);
    else if (sleepMs > 0) await condition(() => changed, sleepMs);
  }
  publish();
}

function statuses(wheel: Wheel): string[] {
  return wheel.views().map(({ status }) => status);
}
