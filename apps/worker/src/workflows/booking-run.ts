import { newBookingRecord } from '#contracts/booking.js';
import type {
  Appointment,
  Attendee,
  AttendeeState,
  BookingChange,
  BookingEvent,
  BookingEventType,
  BookingInput,
  BookingMail,
  BookingMailOutcome,
  BookingOutcome,
  BookingSettings,
  BookingState,
} from '#contracts/booking.js';
import { AttendeeNotices } from './attendee-notices.js';
import type { Situation } from './attendee-notices.js';

/** Changes that do not end are told all the same after so many times of the settling. */
const LONGEST_SETTLING = 6;
/** Of those who are no attendees any more. */
const MAX_REMOVED = 50;

/**
 * What becomes of a booking: what a change or the time makes of it, which mails and events go out next. Plain state
 * without Temporal in it; the `booking` workflow turns it.
 */
export class BookingRun {
  readonly state: BookingState;
  private readonly settings: BookingSettings;
  private publishing = false;

  constructor(input: BookingInput) {
    this.settings = input.settings;
    this.state = input.state ?? newState(input);
    if (!input.state) this.plan(input.createdMs);
  }

  /** Something is under way that must be heard of before the next run. */
  get busy(): boolean {
    return this.publishing || this.attendees.some(({ sending }) => sending);
  }

  /** To be asked after `mails` and `event`: when something is to be done again if nothing happens until then. */
  nextWakeMs(nowMs: number): number {
    const { status, appointment } = this.state.record;
    const closedMs = this.isClosed(nowMs) ? Infinity : this.changeableUntilMs;
    const { startsMs, endsMs } = appointment;
    const times = { scheduled: startsMs, started: endsMs, ended: closedMs, canceled: Infinity };
    return Math.min(times[status], ...this.attendees.map(({ nextWakeMs }) => nextWakeMs));
  }

  /** Nothing is to be done any more, nor can it be changed. */
  isOver(nowMs: number): boolean {
    const isSettled = this.attendees.every((attendee) => attendee.isSettled(this.situation));
    return this.isClosed(nowMs) && isSettled && this.state.events.length === 0 && !this.publishing;
  }

  change({ basedOn, appointment }: BookingChange, nowMs: number): BookingOutcome {
    const { record, texts } = this.state;
    if (this.isClosed(nowMs)) return 'over';
    if (basedOn !== record.version) return 'stale';
    const before = record.appointment;
    if (JSON.stringify(appointment) === JSON.stringify(before)) return 'made';
    record.version += 1;
    record.changedMs = nowMs;
    record.appointment = appointment;
    const isOther = textOf(appointment) !== textOf(before);
    if (isOther || membersOf(appointment) !== membersOf(before)) {
      record.sequence += 1;
      this.settle(nowMs);
    }
    if (isOther && this.text === undefined) texts[record.sequence] = textOf(appointment);
    this.invite(appointment.attendees);
    this.plan(nowMs);
    if (appointment.startsMs !== before.startsMs || appointment.endsMs !== before.endsMs) {
      if (appointment.startsMs > nowMs) record.status = 'scheduled';
      else if (appointment.endsMs > nowMs && record.status === 'ended') record.status = 'started';
      this.tell('booking.rescheduled', nowMs);
    }
    this.forgetTexts();
    return 'made';
  }

  /** However often, it is cancelled once. */
  cancel(nowMs: number, ifVersions?: number[]): BookingOutcome {
    const { record } = this.state;
    if (record.status === 'canceled') return 'made';
    if (record.status === 'ended') return 'over';
    if (ifVersions && !ifVersions.includes(record.version)) return 'stale';
    record.version += 1;
    record.sequence += 1;
    record.changedMs = nowMs;
    record.status = 'canceled';
    this.plan(nowMs);
    this.tell('booking.cancelled', nowMs);
    return 'made';
  }

  /** What begins and ends by the clock. */
  passTime(nowMs: number): void {
    const { record } = this.state;
    if (record.status === 'scheduled' && record.appointment.startsMs <= nowMs) {
      record.status = 'started';
      this.tell('booking.started', nowMs);
    }
    if (record.status === 'started' && record.appointment.endsMs <= nowMs) {
      record.status = 'ended';
      this.tell('booking.ended', nowMs);
    }
  }

  /** The mails that are to be sent now, which are from here on under way. */
  mails(nowMs: number): BookingMail[] {
    const { id: bookingId, tenant, appointment } = this.state.record;
    const { situation } = this;
    return this.attendees.flatMap((attendee) => {
      const next = attendee.next(situation, nowMs);
      if (!next) return [];
      const { id, kind, sequence, dueMs, untilMs, placeMs } = next;
      const notice = { id, kind, sequence, dueMs, untilMs, placeMs };
      return { tenant, bookingId, notice, appointment, attendee: attendee.state.attendee };
    });
  }

  endMail(noticeId: string, outcome: BookingMailOutcome, nowMs: number): void {
    for (const attendee of this.attendees) attendee.end(noticeId, outcome, this.situation, nowMs);
  }

  /** The event that is to be told now, which is from here on under way: one at a time, in their order. */
  event(): BookingEvent | undefined {
    const [event] = this.state.events;
    if (!event || this.publishing) return undefined;
    this.publishing = true;
    return event;
  }

  /** It was told, or given up. */
  endEvent(): void {
    this.publishing = false;
    this.state.events.shift();
  }

  private get attendees(): AttendeeNotices[] {
    return this.state.attendees.map((attendee) => new AttendeeNotices(attendee));
  }

  private get situation(): Situation {
    const { record, tellFromMs } = this.state;
    const { id: bookingId, appointment, sequence, status } = record;
    const text = this.text ?? sequence;
    return { bookingId, appointment, sequence, text, canceled: status === 'canceled', tellFromMs };
  }

  /** Which text is the present one: a booking that was moved back is what some still know. */
  private get text(): number | undefined {
    const { texts, record } = this.state;
    const present = textOf(record.appointment);
    const found = Object.entries(texts).find(([, text]) => text === present);
    return found && Number(found[0]);
  }

  private get changeableUntilMs(): number {
    const { appointment, changedMs } = this.state.record;
    return Math.max(appointment.endsMs, changedMs) + this.settings.changeableMs;
  }

  private isClosed(nowMs: number): boolean {
    const { status } = this.state.record;
    return status === 'canceled' || (status === 'ended' && this.changeableUntilMs <= nowMs);
  }

  private settle(nowMs: number): void {
    const { state, settings } = this;
    if (nowMs >= state.tellFromMs) state.tellSinceMs = nowMs;
    state.tellFromMs = Math.min(
      nowMs + settings.settleMs,
      state.tellSinceMs + LONGEST_SETTLING * settings.settleMs,
    );
  }

  private invite(attendees: readonly Attendee[]): void {
    const { state } = this;
    const invited = new Map(attendees.map((attendee) => [addressOf(attendee), attendee]));
    for (const each of state.attendees) {
      const attendee = invited.get(addressOf(each.attendee));
      invited.delete(addressOf(each.attendee));
      // Who is invited anew is told anew, also of what they could not be told before.
      if (attendee && each.removed) Object.assign(each, { attendee, removed: undefined, refused: undefined });
      else if (attendee) each.attendee = attendee;
      else each.removed = true;
    }
    const last = Math.max(-1, ...state.attendees.map(({ number }) => number));
    state.attendees.push(
      ...[...invited.values()].map((attendee, index) => newAttendee(attendee, last + 1 + index)),
    );
    const gone = state.attendees.filter(
      (each) => each.removed && new AttendeeNotices(each).isSettled(this.situation),
    );
    const forgotten = new Set(gone.filter(({ known }) => known === undefined).slice(0, -MAX_REMOVED));
    state.attendees = state.attendees.filter((each) => !forgotten.has(each));
  }

  private plan(nowMs: number): void {
    for (const attendee of this.attendees) attendee.plan(this.situation, nowMs);
  }

  private tell(type: BookingEventType, atMs: number): void {
    const { events, record } = this.state;
    const event = { type, atMs, booking: { ...record } };
    const isUntold = events.length > (this.publishing ? 1 : 0);
    // What nobody was told yet, they are told as it is now.
    if (isUntold && events.at(-1)?.type === type) events[events.length - 1] = event;
    else events.push(event);
  }

  private forgetTexts(): void {
    const { texts, attendees } = this.state;
    const told = attendees.flatMap(({ known, refused, notices }) => [
      ...[known, refused],
      ...notices.filter(({ endedMs }) => endedMs === undefined).map(({ text }) => text),
    ]);
    for (const sequence of Object.keys(texts).map(Number)) {
      if (sequence !== this.text && !told.includes(sequence)) delete texts[sequence];
    }
  }
}

function newState(input: BookingInput): BookingState {
  const record = newBookingRecord(input);
  return {
    record,
    attendees: input.appointment.attendees.map(newAttendee),
    texts: { 0: textOf(input.appointment) },
    ...{ tellFromMs: 0, tellSinceMs: 0 },
    events: [{ type: 'booking.created', atMs: input.createdMs, booking: { ...record } }],
  };
}

function newAttendee(attendee: Attendee, number: number): AttendeeState {
  return { attendee, number, notices: [] };
}

/** What an invitation says. */
function textOf({
  title,
  description,
  location,
  startsMs,
  endsMs,
  timezone,
  organizer,
}: Appointment): string {
  const { name, email } = organizer;
  return JSON.stringify([title, description, location, startsMs, endsMs, timezone, name, email]);
}

function membersOf({ attendees }: Appointment): string {
  return attendees.map(addressOf).sort().join(' ');
}

function addressOf({ email }: Attendee): string {
  return email.toLowerCase();
}
