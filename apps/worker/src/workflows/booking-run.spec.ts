import { describe, expect, it } from '@jest/globals';
import type { Appointment, BookingInput } from '#contracts/booking.js';
import { BookingRun } from './booking-run.js';

const T0 = 1_800_000_000_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const APPOINTMENT: Appointment = {
  ...{ title: 'Haircut', startsMs: T0 + 3 * DAY, endsMs: T0 + 3 * DAY + HOUR, timezone: 'Europe/Berlin' },
  organizer: { name: 'Shop', email: 'shop@example.com' },
  attendees: [{ name: 'Ada', email: 'ada@example.com' }],
  notices: { remindersMs: [DAY, HOUR], followUpMs: HOUR },
};
const input = (more: Partial<Appointment> = {}): BookingInput => ({
  ...{ id: 'b', tenant: 't', appointment: { ...APPOINTMENT, ...more }, createdMs: T0 },
  settings: { settleMs: 10_000, changeableMs: DAY },
});
const moved = (byMs: number): Appointment => ({
  ...APPOINTMENT,
  startsMs: APPOINTMENT.startsMs + byMs,
  endsMs: APPOINTMENT.endsMs + byMs,
});

/** Turns a run as the workflow does, with a mail server that takes everything. */
class Turning {
  readonly sent: string[] = [];
  readonly events: string[] = [];
  nowMs = T0;

  constructor(readonly run: BookingRun) {}

  /** Lets time pass until then. */
  until(ms: number): this {
    for (let turns = 0; ;) {
      this.turn();
      const nextMs = this.run.nextWakeMs(this.nowMs);
      if (nextMs > ms) break;
      if (++turns > 1_000) throw new Error('it does not come to rest');
      this.nowMs = Math.max(this.nowMs, nextMs);
    }
    this.nowMs = ms;
    return this;
  }

  turn(): void {
    this.run.passTime(this.nowMs);
    for (const { notice } of this.run.mails(this.nowMs)) {
      this.sent.push(`${notice.kind} ${notice.sequence} at ${this.nowMs - T0}`);
      this.run.endMail(notice.id, { status: 'sent' }, this.nowMs);
    }
    for (let event; (event = this.run.event());) {
      this.events.push(event.type);
      this.run.endEvent();
    }
  }

  move(byMs: number): void {
    const { version } = this.run.state.record;
    this.run.change({ basedOn: version, appointment: moved(byMs) }, this.nowMs);
    this.turn();
  }
}

const start = (more?: Partial<Appointment>) => new Turning(new BookingRun(input(more)));

describe('A booking', () => {
  it('tells of itself at once, reminds, begins, ends, and asks afterwards', () => {
    const booking = start().until(T0 + 10 * DAY);
    expect(booking.sent).toEqual([
      'confirmation 0 at 0',
      `reminder 0 at ${2 * DAY}`,
      `reminder 0 at ${3 * DAY - HOUR}`,
      `follow-up 0 at ${3 * DAY + 2 * HOUR}`,
    ]);
    expect(booking.events).toEqual(['booking.created', 'booking.started', 'booking.ended']);
    expect(booking.run.isOver(booking.nowMs)).toBe(true);
  });

  it('sends no reminder whose time has passed when it is made', () => {
    const booking = start({ startsMs: T0 + 2 * HOUR, endsMs: T0 + 3 * HOUR }).until(T0 + DAY);
    expect(booking.sent).toEqual([
      'confirmation 0 at 0',
      `reminder 0 at ${HOUR}`,
      `follow-up 0 at ${4 * HOUR}`,
    ]);
  });

  it('that is moved has its reminders at the new times only', () => {
    const booking = start().until(T0 + DAY);
    booking.move(7 * DAY);
    booking.until(T0 + 11 * DAY);
    expect(booking.sent.slice(1)).toEqual([
      `update 1 at ${DAY + 10_000}`,
      `reminder 1 at ${9 * DAY}`,
      `reminder 1 at ${10 * DAY - HOUR}`,
      `follow-up 1 at ${10 * DAY + 2 * HOUR}`,
    ]);
  });

  it('that is moved 50 times in a minute is told once, as it is in the end', () => {
    const booking = start().until(T0 + HOUR);
    for (let move = 1; move <= 50; move++) {
      booking.move(move * HOUR);
      booking.until(booking.nowMs + 1_000);
    }
    booking.until(T0 + 2 * HOUR);
    expect(booking.sent.slice(1)).toEqual([expect.stringMatching(/^update 50 /)]);
  });

  it('that does not come to rest is told after a minute all the same', () => {
    const booking = start().until(T0 + HOUR);
    for (let move = 1; move <= 100; move++) {
      booking.move(move * HOUR);
      booking.until(booking.nowMs + 1_000);
    }
    expect(booking.sent.slice(1)).toEqual([expect.stringMatching(/^update 60 /)]);
  });

  it('that is moved and moved back before anybody was told is not told', () => {
    const booking = start().until(T0 + HOUR);
    booking.move(HOUR);
    booking.move(0);
    booking.until(T0 + DAY);
    expect(booking.sent).toEqual(['confirmation 0 at 0']);
    expect(booking.run.state.record.sequence).toBe(2);
  });

  it('that is moved into the past is told, and nobody is reminded or asked', () => {
    const booking = start().until(T0 + HOUR);
    booking.move(-4 * DAY);
    booking.until(T0 + 5 * DAY);
    expect(booking.sent.slice(1)).toEqual([`update 1 at ${HOUR + 10_000}`]);
    expect(booking.events).toEqual([
      'booking.created',
      'booking.rescheduled',
      'booking.started',
      'booking.ended',
    ]);
  });

  it('that is cancelled twice is cancelled once, and nothing follows', () => {
    const booking = start().until(T0 + HOUR);
    expect([booking.run.cancel(booking.nowMs), booking.run.cancel(booking.nowMs)]).toEqual(['made', 'made']);
    booking.until(T0 + 5 * DAY);
    expect(booking.sent.slice(1)).toEqual([`cancellation 1 at ${HOUR}`]);
    expect(booking.events).toEqual(['booking.created', 'booking.cancelled']);
    expect(booking.run.isOver(booking.nowMs)).toBe(true);
  });

  it('that is cancelled before anybody could be told of it says nothing', () => {
    const booking = start();
    const [mail] = booking.run.mails(T0);
    booking.run.endMail(mail?.notice.id ?? '', { status: 'retry', reason: '451' }, T0 + 1);
    booking.run.cancel(T0 + 2);
    booking.until(T0 + DAY);
    expect(booking.sent).toEqual([]);
  });

  it('that is cancelled while its confirmation is on its way is not over before that is called off', () => {
    const booking = start();
    const [mail] = booking.run.mails(T0);
    booking.run.cancel(T0);
    booking.run.event();
    booking.run.endEvent();
    booking.run.event();
    booking.run.endEvent();
    booking.run.endMail(mail?.notice.id ?? '', { status: 'sent' }, T0);
    expect(booking.run.isOver(T0)).toBe(false);
    booking.until(T0 + DAY);
    expect(booking.sent).toEqual(['cancellation 1 at 0']);
  });

  it('that is moved while a reminder is being sent tells of the new time after it', () => {
    const booking = start().until(T0 + 2 * DAY - 1);
    booking.nowMs = T0 + 2 * DAY;
    const [reminder] = booking.run.mails(booking.nowMs);
    booking.move(DAY);
    booking.until(T0 + 2 * DAY + 60_000);
    expect(booking.sent.slice(1)).toEqual([]);
    booking.run.endMail(reminder?.notice.id ?? '', { status: 'retry' }, booking.nowMs);
    booking.until(T0 + 3 * DAY - 1);
    // What could not be sent before the move is not tried again.
    expect(booking.sent.slice(1)).toEqual([`update 1 at ${2 * DAY + 60_000}`]);
    expect(booking.run.state.attendees[0]?.notices).toContainEqual(
      expect.objectContaining({ kind: 'reminder', status: 'skipped', reason: 'outdated' }),
    );
  });

  it('tells who has come, who has gone, and not the others', () => {
    const booking = start().until(T0 + HOUR);
    const grace = { name: 'Grace', email: 'grace@example.com' };
    const change = (attendees: Appointment['attendees']) =>
      booking.run.change(
        { basedOn: booking.run.state.record.version, appointment: { ...APPOINTMENT, attendees } },
        booking.nowMs,
      );
    change([...APPOINTMENT.attendees, grace]);
    booking.until(T0 + 2 * HOUR);
    expect(booking.sent.slice(1)).toEqual([`confirmation 1 at ${HOUR}`]);
    change([grace]);
    booking.until(T0 + 3 * HOUR);
    expect(booking.sent.slice(2)).toEqual([`cancellation 2 at ${2 * HOUR + 10_000}`]);
    change(APPOINTMENT.attendees);
    booking.until(T0 + 4 * HOUR);
    expect(booking.sent.slice(3).toSorted()).toEqual([
      `cancellation 3 at ${3 * HOUR + 10_000}`,
      `confirmation 3 at ${3 * HOUR}`,
    ]);
  });

  it('sends the last only of reminders that a pause of all workers has made late', () => {
    const booking = start().until(T0 + DAY);
    booking.nowMs = T0 + 3 * DAY - HOUR / 2;
    booking.turn();
    expect(booking.sent.slice(1)).toEqual([`reminder 0 at ${3 * DAY - HOUR / 2}`]);
    booking.nowMs = T0 + 3 * DAY;
    expect(booking.run.mails(booking.nowMs)).toEqual([]);
  });

  it('goes by the plan of an attendee who has one of their own', () => {
    const own = { remindersMs: [2 * HOUR], followUpMs: null };
    const booking = start({ attendees: [{ email: 'ada@example.com', notices: own }] }).until(T0 + 9 * DAY);
    expect(booking.sent).toEqual(['confirmation 0 at 0', `reminder 0 at ${3 * DAY - 2 * HOUR}`]);
  });

  it('refuses a change to a version that is not there any more, and to one that is over', () => {
    const { run } = start();
    run.change({ basedOn: 0, appointment: moved(1) }, T0);
    expect(run.change({ basedOn: 0, appointment: moved(2) }, T0)).toBe('stale');
    expect(run.cancel(T0, [0])).toBe('stale');
    expect(run.cancel(T0, [1])).toBe('made');
    expect(run.change({ basedOn: 2, appointment: moved(3) }, T0)).toBe('over');
  });

  it('tells an attendee who could not be told anything only of what is new', () => {
    const booking = start();
    const [mail] = booking.run.mails(T0);
    booking.run.endMail(mail?.notice.id ?? '', { status: 'skipped', reason: 'bounced' }, T0);
    booking.until(T0 + HOUR);
    expect(booking.sent).toEqual([]);
    booking.move(HOUR);
    booking.until(2 * HOUR + T0);
    expect(booking.sent).toEqual([`confirmation 1 at ${HOUR + 10_000}`]);
  });

  it('does not try each of many moves on an attendee who could not be told anything', () => {
    const booking = start();
    let tries = 0;
    const refuse = () => {
      for (const { notice } of booking.run.mails(booking.nowMs)) {
        tries += 1;
        booking.run.endMail(notice.id, { status: 'failed', reason: '554 no' }, booking.nowMs);
      }
    };
    refuse();
    for (let move = 1; move <= 50; move++) {
      const { version } = booking.run.state.record;
      booking.nowMs += 1_000;
      booking.run.change({ basedOn: version, appointment: moved(move * HOUR) }, booking.nowMs);
      refuse();
    }
    booking.nowMs += 10_000;
    refuse();
    expect(tries).toBe(2);
  });

  it('tells an attendee who is invited anew of it, though they could not be told before', () => {
    const booking = start();
    const [mail] = booking.run.mails(T0);
    booking.run.endMail(mail?.notice.id ?? '', { status: 'failed', reason: '554 no' }, T0);
    booking.run.change({ basedOn: 0, appointment: { ...APPOINTMENT, attendees: [] } }, T0);
    booking.run.change({ basedOn: 1, appointment: APPOINTMENT }, T0);
    booking.until(T0 + HOUR);
    expect(booking.sent).toEqual(['confirmation 2 at 0']);
  });

  it('reminds with the sequence that it has then, which calendars know, and not with that of its making', () => {
    const booking = start().until(T0 + HOUR);
    booking.run.change({ basedOn: 0, appointment: { ...APPOINTMENT, title: 'Shave' } }, booking.nowMs);
    booking.until(T0 + 10 * DAY);
    expect(booking.sent.slice(1)).toEqual([
      `update 1 at ${HOUR + 10_000}`,
      `reminder 1 at ${2 * DAY}`,
      `reminder 1 at ${3 * DAY - HOUR}`,
      `follow-up 1 at ${3 * DAY + 2 * HOUR}`,
    ]);
  });

  it('does not wait for a place at which a reminder would be of no use any more', () => {
    const booking = start().until(T0 + 3 * DAY - HOUR - 1);
    const nowMs = T0 + 3 * DAY - HOUR;
    const [reminder] = booking.run.mails(nowMs);
    const untilMs = T0 + 3 * DAY + 1_000;
    booking.run.endMail(reminder?.notice.id ?? '', { status: 'later', untilMs, hasPlace: true }, nowMs);
    expect(booking.run.state.attendees[0]?.notices).toContainEqual(
      expect.objectContaining({ id: reminder?.notice.id, status: 'skipped', reason: 'late' }),
    );
  });

  it('comes back for its place at the mail server, in time and without a try', () => {
    const booking = start();
    const [mail] = booking.run.mails(T0);
    const placeMs = T0 + 30_000;
    booking.run.endMail(mail?.notice.id ?? '', { status: 'later', untilMs: placeMs, hasPlace: true }, T0);
    expect(booking.run.mails(placeMs - 2_001)).toEqual([]);
    const [again] = booking.run.mails(placeMs - 2_000);
    expect(again?.notice).toMatchObject({ id: mail?.notice.id, placeMs });
    booking.run.endMail(again?.notice.id ?? '', { status: 'later', untilMs: placeMs + 9_000 }, placeMs);
    expect(booking.run.nextWakeMs(placeMs)).toBe(placeMs + 9_000);
    const [last] = booking.run.mails(placeMs + 9_000);
    expect(last?.notice.placeMs).toBeUndefined();
    expect(booking.run.state.attendees[0]?.notices.find(({ id }) => id === last?.notice.id)?.tries).toBe(0);
  });
});
