import { bookingView } from '#contracts/booking-view.js';
import type { AttendeeState, BookingNotice } from '#contracts/booking.js';
import { formatInstant } from '../http/rfc3339.js';
import type { StoredBooking } from './booking-reader.js';
import type { BookingDto, BookingMailDto } from './booking.dto.js';

/** A booking as the API tells of it. */
export function bookingAnswer({ record, attendees }: StoredBooking): BookingDto {
  return { ...bookingView(record), mails: attendees ? attendees.flatMap(mailsOf).sort(byTime) : null };
}

function mailsOf({ attendee, notices }: AttendeeState): BookingMailDto[] {
  return notices.map((notice) => mailAnswer(attendee.email, notice));
}

function mailAnswer(
  attendee: string,
  { dueMs, atMs, endedMs, reason, ...notice }: BookingNotice,
): BookingMailDto {
  const { id, kind, sequence, status, tries } = notice;
  return {
    ...{ id, attendee, kind, sequence, status, due_at: formatInstant(dueMs) },
    next_try_at: status === 'retrying' ? formatInstant(atMs) : null,
    ...{ tries, ended_at: formatInstant(endedMs) },
    reason: reason ?? null,
  };
}

function byTime(one: BookingMailDto, other: BookingMailDto): number {
  return one.due_at < other.due_at ? -1 : Number(one.due_at > other.due_at);
}
