import ical, { ICalAttendeeRole, ICalCalendarMethod, ICalEventStatus } from 'ical-generator';
import type { BookingMail, Person } from '#contracts/booking.js';
import type { EmailMessage } from '#contracts/email.js';

/**
 * The booking as a calendar takes it: RFC 5546. Times are in UTC, so that no calendar has to believe our rules of a time
 * zone; each shows them in its own. The same bytes at every try.
 */
export function calendarOf({
  bookingId,
  notice,
  appointment,
  attendee,
}: BookingMail): EmailMessage['calendar'] {
  const isCanceled = notice.kind === 'cancellation';
  const { title, description, location, startsMs, endsMs, organizer, attendees } = appointment;
  // Who is not invited any more is the only one whom it concerns.
  const isInvited = attendees.some(({ email }) => email.toLowerCase() === attendee.email.toLowerCase());
  const concerned = isInvited ? attendees : [attendee];
  const calendar = ical({
    method: isCanceled ? ICalCalendarMethod.CANCEL : ICalCalendarMethod.REQUEST,
    prodId: { company: 'Timekeeper', product: 'bookings' },
  });
  calendar.createEvent({
    ...{ id: `${bookingId}@timekeeper`, sequence: notice.sequence, stamp: new Date(notice.dueMs) },
    ...{ start: new Date(startsMs), end: new Date(endsMs), summary: title, description, location },
    status: isCanceled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    organizer: { name: nameOf(organizer), email: organizer.email },
    attendees: concerned.map((each) => ({
      ...{ name: nameOf(each), email: each.email, rsvp: !isCanceled, role: ICalAttendeeRole.REQ },
    })),
  });
  return { method: isCanceled ? 'CANCEL' : 'REQUEST', content: calendar.toString() };
}

// A parameter of RFC 5545 can hold no quotation marks.
function nameOf({ name, email }: Person): string {
  return (name ?? email).replaceAll('"', "'");
}
