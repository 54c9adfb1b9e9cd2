import type { Attendee, BookingRecord, NoticePlan } from './booking.js';

/** A booking as clients and subscribers see it, but for what its attendees were told. */
export function bookingView({ appointment, ...record }: BookingRecord) {
  const { title, description = null, location = null, timezone, organizer, attendees } = appointment;
  return {
    ...{ id: record.id, status: record.status, title, description, location },
    starts_at: new Date(appointment.startsMs).toISOString(),
    ends_at: new Date(appointment.endsMs).toISOString(),
    timezone,
    organizer: { name: organizer.name ?? null, email: organizer.email },
    attendees: attendees.map(attendeeView),
    notices: planView(appointment.notices),
    ...{ version: record.version, sequence: record.sequence },
    created_at: new Date(record.createdMs).toISOString(),
    changed_at: new Date(record.changedMs).toISOString(),
  };
}

function attendeeView({ name, email, timezone, notices }: Attendee) {
  const own = notices ? planView(notices) : null;
  return { name: name ?? null, email, timezone: timezone ?? null, notices: own };
}

function planView({ remindersMs, followUpMs }: NoticePlan) {
  return {
    reminders: remindersMs.map(durationText),
    follow_up: followUpMs === null ? null : durationText(followUpMs),
  };
}

/** ISO 8601, in days of 24 hours and less. */
function durationText(ms: number): string {
  const seconds = ms / 1000;
  const parts = [
    [Math.floor(seconds / 86_400), 'D'],
    [Math.floor(seconds / 3600) % 24, 'H'],
    [Math.floor(seconds / 60) % 60, 'M'],
    [Number((seconds % 60).toFixed(3)), 'S'],
  ] as const;
  const [days, ...times] = parts.map(([count, unit]) => (count > 0 ? `${count}${unit}` : ''));
  const time = times.join('');
  return days || time ? `P${days}${time && `T${time}`}` : 'PT0S';
}
