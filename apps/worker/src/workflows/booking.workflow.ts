import {
  allHandlersFinished,
  CancellationScope,
  condition,
  proxyActivities,
  setHandler,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { cancelBooking, changeBooking, getBooking } from '#contracts/booking.js';
import type {
  BookingActivities,
  BookingEvent,
  BookingInput,
  BookingMail,
  BookingMailOutcome,
  BookingOutcome,
  BookingResult,
  BookingState,
} from '#contracts/booking.js';
import { BookingPublication } from './booking-publication.js';
import { BookingRun } from './booking-run.js';
import { continueInNextRun } from './next-run.js';

// One try: what is tried again, and whether, is decided anew each time, because the booking may have changed.
const { sendBookingMail } = proxyActivities<BookingActivities>({
  startToCloseTimeout: 90_000,
  heartbeatTimeout: 10_000,
  retry: { maximumAttempts: 1 },
});

const { publishBookingEvent } = proxyActivities<BookingActivities>({
  startToCloseTimeout: 30_000,
  scheduleToCloseTimeout: 3 * 86_400_000,
  retry: { initialInterval: 1_000, maximumInterval: 600_000 },
});

/** Follows an appointment and tells those concerned, until it is over. */
export async function booking(input: BookingInput): Promise<BookingState> {
  const run = new BookingRun(input);
  const publication = new BookingPublication(run.state.record);
  let changed = false;

  setHandler(getBooking, () => run.state);
  setHandler(changeBooking, (change) => answer(run.change(change, Date.now())));
  setHandler(cancelBooking, ({ ifVersions }) => answer(run.cancel(Date.now(), ifVersions)));
  // An operator who cancels the workflow cancels the booking.
  void CancellationScope.current().cancelRequested.catch(() => answer(run.cancel(Date.now())));
  return CancellationScope.nonCancellable(turnUntilOver);

  async function turnUntilOver(): Promise<BookingState> {
    for (;;) {
      changed = false;
      run.passTime(Date.now());
      const renews = workflowInfo().continueAsNewSuggested;
      if (!renews) begin();
      publication.update(run.state.record);
      if (run.isOver(Date.now()) && allHandlersFinished()) return run.state;
      if (renews && !run.busy && allHandlersFinished()) {
        await continueInNextRun<typeof booking>({ ...input, state: run.state });
      }
      const sleepMs = (renews ? Infinity : run.nextWakeMs(Date.now())) - Date.now();
      if (sleepMs === Infinity) await condition(() => changed);
      else if (sleepMs > 0) await condition(() => changed, sleepMs);
    }
  }

  function begin(): void {
    for (const mail of run.mails(Date.now())) void send(mail);
    const event = run.event();
    if (event) void publish(event);
  }

  async function send(mail: BookingMail): Promise<void> {
    const outcome = await sendBookingMail(mail).catch((error: Error): BookingMailOutcome => {
      const isLost = error.cause instanceof TimeoutFailure;
      return isLost ? { status: 'lost', reason: 'lost' } : { status: 'retry', reason: 'internal' };
    });
    run.endMail(mail.notice.id, outcome, Date.now());
    changed = true;
  }

  async function publish(event: BookingEvent): Promise<void> {
    // One that cannot be told for days is given up: it must not hold up those that follow for ever.
    await publishBookingEvent(event).catch(() => undefined);
    run.endEvent();
    changed = true;
  }

  function answer(outcome: BookingOutcome): BookingResult {
    changed = true;
    // The very state would be what it becomes until the answer is written.
    return { outcome, state: JSON.parse(JSON.stringify(run.state)) as BookingState };
  }
}
