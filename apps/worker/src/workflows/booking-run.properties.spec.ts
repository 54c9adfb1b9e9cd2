import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import type {
  Appointment,
  BookingInput,
  BookingMail,
  BookingMailOutcome,
  BookingState,
} from '#contracts/booking.js';
import { BookingRun } from './booking-run.js';
import { timedNotices } from './timed-notices.js';

const T0 = 1_800_000_000_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SETTLE_MS = 10_000;
const PEOPLE = ['ada@example.com', 'grace@example.com', 'alan@example.com'];

const appointmentAt = (startsMs: number, members: number[]): Appointment => ({
  ...{ title: 'Meeting', startsMs, endsMs: startsMs + HOUR, timezone: 'UTC' },
  organizer: { email: 'shop@example.com' },
  attendees: PEOPLE.filter((_, index) => members.includes(index)).map((email) => ({ email })),
  notices: { remindersMs: [DAY, HOUR], followUpMs: HOUR },
});
const members = fc.subarray([0, 1, 2], { minLength: 1 });

/** What may happen, in any order. */
const anyEvent = fc.oneof(
  { weight: 3, arbitrary: fc.record({ what: fc.constant('turn' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant('end' as const),
      which: fc.nat({ max: 2 }),
      outcome: fc.constantFrom(
        ...(['sent', 'sent', 'sent', 'retry', 'failed', 'skipped'] as const),
        ...(['lost, sent', 'lost, not sent', 'later, at a place', 'later'] as const),
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('wait' as const), ms: fc.nat({ max: 40_000 }) }) },
  fc.record({ what: fc.constant('waitLong' as const), hours: fc.nat({ max: 30 }) }),
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('move' as const),
      // Few times, so that it comes back to one now and then.
      toMs: fc.constantFrom(-DAY, HOUR / 2, 2 * HOUR, 2 * DAY, 2 * DAY + HOUR, 4 * DAY),
      members,
    }),
  },
  fc.record({ what: fc.constant('cancel' as const) }),
  fc.record({ what: fc.constant('continue' as const) }),
);

/** A mail that has reached somebody. */
type Delivered = BookingMail & { atMs: number; begunMs: number };

/** What turns a booking: an engine, a mail server that does what it likes, people who change their minds. */
class World {
  private run: BookingRun;
  private nowMs = T0;
  private lastMoveMs = T0;
  private readonly input: BookingInput;
  private readonly underWay: (BookingMail & { begunMs: number })[] = [];
  private readonly delivered: Delivered[] = [];
  private readonly lost = new Set<string>();
  private readonly dealtWith = new Map<string, number>();

  constructor(appointment: Appointment) {
    const settings = { settleMs: SETTLE_MS, changeableMs: 0 };
    this.input = { id: 'b', tenant: 't', appointment, createdMs: T0, settings };
    this.run = new BookingRun(this.input);
  }

  turn(): void {
    this.run.passTime(this.nowMs);
    for (const mail of this.run.mails(this.nowMs)) {
      const { notice, attendee } = mail;
      if (this.underWay.some((other) => other.attendee.email === attendee.email))
        throw new Error('two mails to one attendee are under way');
      if (notice.kind === 'reminder' && (this.nowMs < notice.dueMs || this.nowMs >= notice.untilMs))
        throw new Error('a reminder is begun outside its time');
      if (this.run.state.record.status === 'canceled' && notice.kind !== 'cancellation')
        throw new Error(`a ${notice.kind} is begun after the end`);
      this.underWay.push({ ...structuredClone(mail), begunMs: this.nowMs });
    }
    if (this.run.event()) this.run.endEvent();
  }

  end(which: number, outcome: string): void {
    const [mail] = this.underWay.splice(which % Math.max(1, this.underWay.length), 1);
    if (!mail) return;
    const { id } = mail.notice;
    if (outcome === 'sent' || outcome === 'lost, sent') this.deliver(mail);
    if (outcome.startsWith('lost')) this.lost.add(id);
    if (outcome === 'failed' || outcome === 'skipped')
      this.dealtWith.set(`${mail.attendee.email} ${mail.notice.kind}`, mail.notice.sequence);
    this.run.endMail(id, this.outcomeOf(outcome), this.nowMs);
  }

  private outcomeOf(outcome: string): BookingMailOutcome {
    const [status = ''] = outcome.split(',');
    if (status === 'later')
      return { status, untilMs: this.nowMs + 20_000, hasPlace: outcome.includes('place') };
    return { status: status as Exclude<BookingMailOutcome['status'], 'later'>, reason: outcome };
  }

  wait(ms: number): void {
    this.nowMs += ms;
  }

  move(toMs: number, present: number[]): void {
    const { version } = this.run.state.record;
    const appointment = appointmentAt(T0 + toMs, present);
    const before = this.run.state.record.version;
    this.run.change({ basedOn: version, appointment }, this.nowMs);
    if (this.run.state.record.version !== before) this.lastMoveMs = this.nowMs;
  }

  cancel(): void {
    this.run.cancel(this.nowMs);
  }

  continueAsNew(): void {
    if (this.run.busy) return;
    const state = JSON.parse(JSON.stringify(this.run.state)) as BookingState;
    this.run = new BookingRun({ ...this.input, state });
  }

  /** From now on everything goes well. */
  finish(): void {
    const fromMs = this.nowMs;
    for (let turns = 0; !this.run.isOver(this.nowMs); turns++) {
      if (turns > 300) throw new Error(`it does not come to an end: ${JSON.stringify(this.run.state)}`);
      while (this.underWay.length > 0) this.end(0, 'sent');
      this.turn();
      if (this.underWay.length > 0 || this.run.isOver(this.nowMs)) continue;
      const nextMs = this.run.nextWakeMs(this.nowMs);
      if (nextMs === Infinity && this.run.state.events.length === 0) throw new Error('it sleeps forever');
      if (nextMs < Infinity) this.nowMs = Math.max(this.nowMs, nextMs);
    }
    for (const email of PEOPLE) this.check(email, fromMs);
  }

  private deliver(mail: BookingMail & { begunMs: number }): void {
    this.delivered.push({ ...mail, atMs: this.nowMs });
  }

  private check(email: string, fromMs: number): void {
    const { record } = this.run.state;
    const { appointment, status } = record;
    const mails = this.delivered.filter(({ attendee }) => attendee.email === email);
    const ids = mails.map(({ notice }) => notice.id).filter((id) => !this.lost.has(id));
    if (new Set(ids).size < ids.length) throw new Error('a mail came twice though none was lost');
    const invitations = mails.filter(({ notice }) => /confirmation|update|cancellation/.test(notice.kind));
    invitations.reduce((last, { notice }) => {
      if (notice.sequence < last) throw new Error('an older invitation came after a newer one');
      return notice.sequence;
    }, 0);
    const latest = invitations.at(-1);
    const isLatestCancelled = latest?.notice.kind === 'cancellation';
    const isWanted = status !== 'canceled' && appointment.attendees.some((each) => each.email === email);
    const couldNotBeTold = [...this.dealtWith.keys()].some((key) => key.startsWith(email));
    if (couldNotBeTold) return;
    if (!isWanted) {
      const isToldOf = latest !== undefined && !isLatestCancelled;
      if (isToldOf) throw new Error('who is not invited any more was not told');
      if (isLatestCancelled && invitations.length === 1 && this.lost.size === 0)
        throw new Error('a cancellation of what they never heard of');
      return;
    }
    if (!latest || isLatestCancelled) throw new Error('who is invited was not told');
    if (latest.appointment.startsMs !== appointment.startsMs) throw new Error('they know another time');
    for (const { kind, dueMs, untilMs } of timedNotices(appointment, { email })) {
      if (dueMs <= Math.max(this.lastMoveMs, fromMs) + 7 * SETTLE_MS) continue;
      const sent = mails.filter(({ notice }) => notice.kind === kind && notice.dueMs === dueMs);
      if (sent.length !== 1) throw new Error(`a ${kind} came ${sent.length} times, until ${untilMs}`);
    }
  }
}

describe('A booking, whatever happens in whatever order', () => {
  it('ends with exactly the mails that its last state demands', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(HOUR, 2 * DAY),
        members,
        fc.array(anyEvent, { maxLength: 60 }),
        (inMs, present, events) => {
          const world = new World(appointmentAt(T0 + inMs, present));
          for (const event of events) {
            if (event.what === 'turn') world.turn();
            else if (event.what === 'end') world.end(event.which, event.outcome);
            else if (event.what === 'wait') world.wait(event.ms);
            else if (event.what === 'waitLong') world.wait(event.hours * HOUR);
            else if (event.what === 'move') world.move(event.toMs, event.members);
            else if (event.what === 'cancel') world.cancel();
            else world.continueAsNew();
          }
          world.finish();
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
