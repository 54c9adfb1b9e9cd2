import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { DeliverActivities, DeliveryWindow } from '#contracts/delivery.js';
import { changeRequested, changeTimer } from '#contracts/timer-change.js';
import type { ChangeRequest, ChangeResult } from '#contracts/timer-change.js';
import { attemptEnded, getAttempts, getDeadline, getState } from '#contracts/timers.js';
import type { TimersInput } from '#contracts/timers.js';
import { HEARTBEAT_TIMEOUT_MS, WINDOW_TIMEOUT_MS } from '#contracts/lease.js';
import { lostWindow } from './lost-window.js';
import { Publication } from './publication.js';
import { withRun } from './run.js';
import { Wheel } from './wheel.js';

const { deliver } = proxyActivities<DeliverActivities>({
  startToCloseTimeout: WINDOW_TIMEOUT_MS,
  heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  // A window that is lost with its worker comes back here with what that had recorded, and what is left of it goes into
  // the next one. What is tried again is a worker that does not know the activity.
  retry: {
    ...{ initialInterval: 100, backoffCoefficient: 1.5, maximumInterval: 2000 },
    nonRetryableErrorTypes: ['TemporalTimeout:Heartbeat', 'TemporalTimeout:StartToClose'],
  },
});

/** Carries the timers of one group until each has ended. */
export async function timers(given: TimersInput): Promise<void> {
  const wheel = new Wheel(withRun(given, workflowInfo().workflowId, Math.random), Math.random);
  const publication = new Publication(wheel, given.run !== undefined || given.change !== undefined);
  const scopes = new Map<number, CancellationScope>();
  let changed = false;

  setHandler(getDeadline, (index) => wheel.view(index));
  setHandler(getAttempts, (index) => wheel.attempts(index));
  setHandler(getState, () => wheel.continued());
  setHandler(attemptEnded, (attempt) => {
    wheel.applyAttempt(attempt);
    changed = true;
  });
  setHandler(changeTimer, decide);
  setHandler(changeRequested, async (request) => void (await decide(request)));

  // Whoever cancels the workflow cancels its timers: the next run of its schedule, or an operator.
  void CancellationScope.current().cancelRequested.catch(async () => {
    for (const { id } of wheel.views().map(({ timer }) => timer))
      await decide({ changeId: `workflow canceled ${id}`, id, change: { kind: 'cancel' } });
  });
  if (given.change) await decide(given.change);
  await CancellationScope.nonCancellable(turnUntilEnded);

  async function turnUntilEnded(): Promise<void> {
    for (;;) {
      wheel.passTime(Date.now());
      // Windows overlap: a destination that hangs in one must not hold up the next.
      for (let opened; (opened = wheel.openWindow(Date.now()));) void hold(opened.number, opened.window);
      publication.update();
      if (wheel.ended && allHandlersFinished()) return;
      if (workflowInfo().continueAsNewSuggested && !wheel.holdsWindows && allHandlersFinished()) {
        await continueAsNew<typeof timers>(wheel.continued());
      }
      const sleepMs = wheel.nextWakeMs - Date.now();
      changed = false;
      const awake = () => changed || (wheel.ended && allHandlersFinished());
      if (sleepMs === Infinity) await condition(awake);
      else if (sleepMs > 0) await condition(awake, sleepMs);
    }
  }

  async function hold(number: number, window: DeliveryWindow): Promise<void> {
    const scope = new CancellationScope();
    scopes.set(number, scope);
    try {
      wheel.closeWindow(number, await scope.run(() => deliver(window)), Date.now());
    } catch (error) {
      const { end, begun } = lostWindow(error);
      wheel.closeWindow(number, end, Date.now(), begun);
    }
    scopes.delete(number);
    changed = true;
  }

  // A change to a timer that a window holds: the window ends at once, and what is not concerned goes into the next one.
  async function decide(request: ChangeRequest): Promise<ChangeResult> {
    const { id } = request;
    wheel.beginChange(id);
    const number = wheel.windowOf(id);
    if (number !== undefined) {
      scopes.get(number)?.cancel();
      await CancellationScope.nonCancellable(() => condition(() => wheel.windowOf(id) !== number));
    }
    const result = wheel.endChange(request, Date.now());
    changed = true;
    return result;
  }
}
