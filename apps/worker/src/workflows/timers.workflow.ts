import {
  allHandlersFinished,
  CancellationScope,
  condition,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { DeliverActivities, DeliveryWindow } from '#contracts/delivery.js';
import { withRun } from '#contracts/scheduled-run.js';
import {
  changeRequested,
  changeSeveral,
  changeTimer,
  severalChangesRequested,
} from '#contracts/timer-change.js';
import type { ChangeDecision, ChangeRequest, ChangeResult } from '#contracts/timer-change.js';
import { attemptEnded, getAttempts, getDeadline, getState } from '#contracts/timers.js';
import type { TimersInput } from '#contracts/timers.js';
import { HEARTBEAT_TIMEOUT_MS, WINDOW_TIMEOUT_MS } from '#contracts/lease.js';
import { countLostAttempts } from './lost-attempts.js';
import { lostWindow } from './lost-window.js';
import { continueInNextRun } from './next-run.js';
import { Publication } from './publication.js';
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

/**
 * A run that brings timers back stays open for so long at least. Whoever brings back others of the group at the same time
 * then meets it, instead of starting from what the run before had left.
 */
const LINGER_MS = 10_000;

/** Carries the timers of one group until each has ended. */
export async function timers(given: TimersInput): Promise<void> {
  const input = { createdMs: Date.now(), ...given };
  const wheel = new Wheel(withRun(input, workflowInfo().workflowId, Math.random), Math.random);
  const begin = given.begin ?? (given.change ? [given.change] : []);
  const publication = new Publication(wheel, given.run !== undefined || begin.length > 0, begin.length === 0);
  const scopes = new Map<number, CancellationScope>();
  const openUntilMs = begin.length > 0 ? Date.now() + LINGER_MS : 0;
  let changed = false;

  setHandler(getDeadline, (index) => wheel.view(index));
  setHandler(getAttempts, (index) => wheel.attempts(index));
  setHandler(getState, () => wheel.continued());
  setHandler(attemptEnded, (attempt) => {
    wheel.applyAttempt(attempt, Date.now());
    changed = true;
  });
  setHandler(changeTimer, (request) => decide([request], ([result]) => result as ChangeResult));
  setHandler(changeRequested, async (request) => void (await decide([request], nobodyAsks)));
  setHandler(changeSeveral, (requests) => decide(requests, (results) => results.map(withoutView)));
  setHandler(severalChangesRequested, async (requests) => void (await decide(requests, nobodyAsks)));

  // Whoever cancels the workflow cancels its timers: the next run of its schedule, or an operator.
  void CancellationScope.current().cancelRequested.catch(async () => {
    for (const { id } of wheel.views().map(({ timer }) => timer))
      await decide([{ changeId: `workflow canceled ${id}`, id, change: { kind: 'cancel' } }], nobodyAsks);
  });
  if (begin.length > 0) await decide(begin, nobodyAsks);
  await CancellationScope.nonCancellable(turnUntilEnded);

  async function turnUntilEnded(): Promise<void> {
    for (;;) {
      countLostAttempts(wheel.passTime(Date.now()));
      const renews = workflowInfo().continueAsNewSuggested;
      // Windows overlap: a destination that hangs in one must not hold up the next.
      if (!renews) {
        for (let opened; (opened = wheel.openWindow(Date.now()));) void hold(opened.number, opened.window);
      }
      publication.update();
      const over = wheel.ended && Date.now() >= openUntilMs;
      if (over && allHandlersFinished()) return;
      if (renews && !wheel.ended) await goOnInNextRun();
      const wakeMs = wheel.ended && !over ? openUntilMs : wheel.nextWakeMs;
      const sleepMs = wakeMs - Date.now();
      changed = false;
      const awake = () => changed || (over && allHandlersFinished());
      if (sleepMs === Infinity) await condition(awake);
      else if (sleepMs > 0) await condition(awake, sleepMs);
    }
  }

  // Windows are given back for it, so that it needs no moment in which there happens to be none.
  async function goOnInNextRun(): Promise<never> {
    for (const scope of scopes.values()) scope.cancel();
    await condition(() => !wheel.holdsWindows && allHandlersFinished());
    // What the next run begins with it takes for published.
    publication.update();
    return continueInNextRun<typeof timers>(wheel.continued());
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

  // Changes to timers that windows hold: those end at once, and what is not concerned goes into the next one.
  async function decide<Answer>(
    requests: ChangeRequest[],
    answer: (results: ChangeResult[]) => Answer,
  ): Promise<Answer> {
    for (const { id } of requests) wheel.beginChange(id);
    const held = requests
      .map(({ id }) => ({ id, number: wheel.windowOf(id) }))
      .filter(({ number }) => number !== undefined);
    for (const { number } of held) scopes.get(number as number)?.cancel();
    const areGivenBack = () => held.every(({ id, number }) => wheel.windowOf(id) !== number);
    if (held.length > 0) await CancellationScope.nonCancellable(() => condition(areGivenBack));
    const results = requests.map((request) => wheel.endChange(request, Date.now()));
    changed = true;
    return answer(results);
  }
}

const nobodyAsks = () => undefined;

/** What several timers would send is too much for one answer. */
function withoutView({ outcome, repeated }: ChangeResult): ChangeDecision {
  return { outcome, ...(repeated && { repeated }) };
}
