import { bookingView } from '#contracts/booking-view.js';
import type { AttendeeState, BookingNotice } from '#contracts/booking.js';
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
    ...{ id, attendee, kind, sequence, status, due_at: new Date(dueMs).toISOString() },
    next_try_at: status === 'retrying' ? new Date(atMs).toISOString() : null,
    ...{ tries, ended_at: endedMs === undefined ? null : new Date(endedMs).toISOString() },
    reason: reason ?? null,
  };
}

function byTime(one: BookingMailDto, other: BookingMailDto): number {
  return one.due_at < other.due_at ? -1 : Number(one.due_at > other.due_at);
}
