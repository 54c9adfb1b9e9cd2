import { bookingView } from '#contracts/booking-view.js';
import type { Appointment, BookingRecord } from '#contracts/booking.js';
import { invalid } from '../http/problem.exception.js';
import { parseInstant } from '../http/rfc3339.js';
import { validated } from '../http/validation.js';
import { readAppointment } from './appointment.js';
import { CreateBookingDto } from './bookings.dto.js';

type Json = Record<string, unknown>;

/** Of a booking what clients write. */
const WRITABLE = [
  ...['title', 'description', 'location', 'starts_at', 'ends_at', 'timezone'],
  ...['organizer', 'attendees', 'notices'],
];

/**
 * The appointment that a JSON merge patch (RFC 7396) makes of a booking, by the rules of a new one. What is moved by its
 * start alone keeps its length.
 */
export async function patchedAppointment(
  record: BookingRecord,
  patch: Json,
  bounds: { nowMs: number; horizonMs: number },
): Promise<Appointment> {
  if (Object.keys(patch).length === 0)
    throw invalid([{ field: 'body', message: 'must name what is to be changed' }]);
  const now = writableOf(record);
  const moved = movedEnd(record.appointment, patch);
  return readAppointment(await validated(CreateBookingDto, merged(now, { ...moved, ...patch })), bounds);
}

function movedEnd({ startsMs, endsMs }: Appointment, { starts_at, ends_at }: Json): Json {
  if (typeof starts_at !== 'string' || ends_at !== undefined) return {};
  const movedMs = parseInstant(starts_at);
  return movedMs === undefined ? {} : { ends_at: new Date(movedMs + endsMs - startsMs).toISOString() };
}

/** As it would be written in a request: without what has no value. */
function writableOf(record: BookingRecord): Json {
  const view = bookingView(record);
  const entries = Object.entries(view).filter(([name]) => WRITABLE.includes(name));
  const { follow_up } = view.notices;
  const written = withoutNulls(Object.fromEntries(entries)) as Json;
  // There null is a value.
  return { ...written, notices: { ...(written.notices as Json), follow_up }, attendees: attendeesOf(view) };
}

function attendeesOf({ attendees }: ReturnType<typeof bookingView>): unknown[] {
  return attendees.map(({ notices, ...attendee }) => ({
    ...(withoutNulls(attendee) as Json),
    ...(notices && { notices }),
  }));
}

function withoutNulls(value: unknown): unknown {
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(entries.map(([name, each]) => [name, withoutNulls(each)]));
}

// RFC 7396 §2, but that a follow-up of null is a value.
function merged(target: Json, patch: Json): Json {
  const result = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null && name !== 'follow_up') delete result[name];
    else if (isObject(value)) result[name] = merged(isObject(result[name]) ? result[name] : {}, value);
    else result[name] = value;
  }
  return result;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
