import type { Appointment, Attendee, NoticePlan } from '#contracts/booking.js';
import { emailAddressProblem, normalizeAddress } from '#messages/email-address.js';
import type { GivenAddress } from '../emails/verify-addresses.js';
import type { FieldError } from '../http/problem.dto.js';
import { invalid } from '../http/problem.exception.js';
import { shown } from '../http/validation.js';
import { duration, instant, isZone } from '../timers/when.js';
import type { AttendeeDto, CreateBookingDto, NoticePlanDto, OrganizerDto } from './bookings.dto.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Of a reminder before the start, and of the follow-up after the end. */
const MAX_NOTICE_DAYS = 366;
/** No calendar has a use for what was before. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);

const DEFAULT_PLAN: NoticePlan = { remindersMs: [DAY_MS, HOUR_MS], followUpMs: HOUR_MS };

/** What the client wants as an appointment. Throws a problem that names what is none. */
export function readAppointment(
  body: CreateBookingDto,
  { nowMs, horizonMs }: { nowMs: number; horizonMs: number },
): Appointment {
  const { title, description, location, timezone, organizer, attendees, notices } = body;
  const startsMs = instant('starts_at', body.starts_at);
  const endsMs = instant('ends_at', body.ends_at);
  const errors = [
    ...(startsMs < EARLIEST_MS ? [{ field: 'starts_at', message: 'must not be before the year 2000' }] : []),
    ...(endsMs <= startsMs ? [{ field: 'ends_at', message: 'must be after starts_at' }] : []),
    ...(endsMs > nowMs + horizonMs
      ? [{ field: 'ends_at', message: `must be at most ${horizonMs / DAY_MS} days ahead` }]
      : []),
    ...zoneErrors('timezone', timezone),
    ...emailErrors('organizer.email', organizer),
    ...attendees.flatMap((attendee, index) => attendeeErrors(attendee, index, attendees)),
  ];
  if (errors.length > 0) throw invalid(errors.slice(0, 20));
  const plan = readPlan(notices, 'notices', DEFAULT_PLAN);
  return {
    ...{ title, startsMs, endsMs, timezone },
    ...(description && { description }),
    ...(location && { location }),
    organizer: { ...named(organizer), email: organizer.email },
    attendees: attendees.map((attendee, index) => readAttendee(attendee, `attendees.${index}.notices`, plan)),
    notices: plan,
  };
}

/** Where its mails go, and where in a request that stands. */
export function addressesOf({ attendees }: Appointment): GivenAddress[] {
  return attendees.map(({ email }, index) => ({ field: `attendees.${index}.email`, address: email }));
}

function readAttendee(attendee: AttendeeDto, path: string, ofBooking: NoticePlan): Attendee {
  const { email, timezone, notices } = attendee;
  return {
    ...{ ...named(attendee), email },
    ...(timezone !== undefined && { timezone }),
    ...(notices && { notices: readPlan(notices, path, ofBooking) }),
  };
}

function readPlan(plan: NoticePlanDto | undefined, path: string, otherwise: NoticePlan): NoticePlan {
  const { reminders, follow_up } = plan ?? {};
  const followUpMs = (text: string) => noticeTime(`${path}.follow_up`, text);
  return {
    remindersMs: reminders
      ? reminders.map((text, index) => noticeTime(`${path}.reminders.${index}`, text))
      : otherwise.remindersMs,
    followUpMs:
      follow_up === undefined ? otherwise.followUpMs : follow_up === null ? null : followUpMs(follow_up),
  };
}

function noticeTime(field: string, text: string): number {
  const ms = duration(field, text);
  if (ms <= MAX_NOTICE_DAYS * DAY_MS) return ms;
  throw invalid([{ field, message: `must be at most ${MAX_NOTICE_DAYS} days, got ${shown(text)}` }]);
}

function attendeeErrors(attendee: AttendeeDto, index: number, all: AttendeeDto[]): FieldError[] {
  const field = `attendees.${index}`;
  const { email, timezone } = attendee;
  const first = all.findIndex((other) => normalizeAddress(other.email) === normalizeAddress(email));
  const twice = {
    field: `${field}.email`,
    message: `must not be that of another attendee, got ${shown(email)}`,
  };
  return [
    ...emailErrors(`${field}.email`, attendee),
    ...(timezone === undefined ? [] : zoneErrors(`${field}.timezone`, timezone)),
    ...(first < index ? [twice] : []),
  ];
}

function emailErrors(field: string, { email }: { email: string }): FieldError[] {
  const message = emailAddressProblem(email);
  return message ? [{ field, message: `${message}, got ${shown(email)}` }] : [];
}

function zoneErrors(field: string, zone: string): FieldError[] {
  const message = `must be the IANA name of a time zone such as Europe/Berlin, got ${shown(zone)}`;
  return isZone(zone) ? [] : [{ field, message }];
}

function named({ name }: OrganizerDto): { name?: string } {
  return name ? { name } : {};
}
