import { defineQuery, defineUpdate } from '@temporalio/workflow';

/** The workflow type of every booking. */
export const BOOKING_WORKFLOW = 'booking';

/** The name of the entry of its memo that tells how it stands: a `BookingRecord`. Readable without a worker. */
export const BOOKING_RECORD = 'booking';

export const MAX_ATTENDEES = 50;
export const MAX_REMINDERS = 10;

/** When attendees are reminded and written to afterwards. */
export interface NoticePlan {
  /** So long before the start. */
  remindersMs: number[];
  /** So long after the end; null: not at all. */
  followUpMs: number | null;
}

export interface Person {
  name?: string;
  email: string;
}

export interface Attendee extends Person {
  /** IANA name of the zone that times are told in; the appointment's if absent. */
  timezone?: string;
  /** The appointment's if absent. */
  notices?: NoticePlan;
}

/** What people have agreed on. */
export interface Appointment {
  title: string;
  description?: string;
  location?: string;
  /** Ms since the epoch, as all times here. */
  startsMs: number;
  endsMs: number;
  timezone: string;
  organizer: Person;
  /** No address twice. */
  attendees: Attendee[];
  notices: NoticePlan;
}

export const BOOKING_STATUSES = ['scheduled', 'started', 'ended', 'canceled'] as const;
export type BookingStatus = (typeof BOOKING_STATUSES)[number];

export const BOOKING_MAIL_KINDS = [
  ...(['confirmation', 'update', 'cancellation'] as const),
  ...(['reminder', 'follow-up'] as const),
] as const;
export type BookingMailKind = (typeof BOOKING_MAIL_KINDS)[number];

/**
 * - `waiting`: for its time
 * - `sending`: a try is under way
 * - `retrying`: a try has not ended well, the next one has a time
 * - `skipped`: nothing was sent, and why
 */
export const BOOKING_MAIL_STATUSES = [
  ...(['waiting', 'sending', 'retrying'] as const),
  ...(['sent', 'failed', 'skipped'] as const),
] as const;
export type BookingMailStatus = (typeof BOOKING_MAIL_STATUSES)[number];

/** One mail to one attendee. */
export interface BookingNotice {
  /** Unlike that of any other mail; the same at every try. Says nothing of the attendee. */
  id: string;
  kind: BookingMailKind;
  /** Of the booking as the mail tells it. */
  sequence: number;
  /** Of an invitation: which of the booking's `texts` it tells. */
  text?: number;
  status: BookingMailStatus;
  /** When it is due; while it is retried, the next try. */
  atMs: number;
  /** When it may go, where the mail server takes only so many at a time and this is its place. */
  placeMs?: number;
  /** When it was due first. */
  dueMs: number;
  /** Not to be sent from then on. */
  untilMs: number;
  /** Tries that have ended. */
  tries: number;
  endedMs?: number;
  /** Why its latest try did not end well. */
  reason?: string;
}

/** What an attendee was told and is to be told. */
export interface AttendeeState {
  attendee: Attendee;
  /** Unlike that of any other attendee of the booking. */
  number: number;
  /** Not an attendee any more. */
  removed?: boolean;
  /** Which of the booking's `texts` they know: absent if none, `UNCERTAIN` if nobody knows. */
  known?: number;
  /** The one that could not be told them. */
  refused?: number;
  /** Those that wait or are under way, and the latest that have ended. */
  notices: BookingNotice[];
}

/** Something was sent, or not. */
export const UNCERTAIN = -1;

export const BOOKING_EVENT_TYPES = [
  ...(['booking.created', 'booking.rescheduled', 'booking.cancelled'] as const),
  ...(['booking.started', 'booking.ended'] as const),
] as const;
export type BookingEventType = (typeof BOOKING_EVENT_TYPES)[number];

/** What those who have subscribed are told. */
export interface BookingEvent {
  type: BookingEventType;
  atMs: number;
  booking: BookingRecord;
}

/** What a booking has come to. */
export interface BookingState {
  record: BookingRecord;
  attendees: AttendeeState[];
  /** What invitations say, by the sequence that it came with: those that somebody knows, and the present one. */
  texts: Record<number, string>;
  /** Changes to what attendees know already are told from then on, so that several in a row are told as one. */
  tellFromMs: number;
  /** When the first of these was made. */
  tellSinceMs: number;
  /** Not told yet, the oldest first. */
  events: BookingEvent[];
}

/** The part of it that is read without a worker, and listed. */
export interface BookingRecord {
  id: string;
  tenant: string;
  appointment: Appointment;
  status: BookingStatus;
  /** Changes so far. */
  version: number;
  /** Changes so far that concern invitations: `SEQUENCE` of RFC 5545. */
  sequence: number;
  createdMs: number;
  changedMs: number;
}

/** Part of the input, so that a worker of another configuration replays the same decisions. */
export interface BookingSettings {
  /** Changes are told when there was no further one for so long. */
  settleMs: number;
  /** So long after its end a booking can be changed. */
  changeableMs: number;
}

export interface BookingInput {
  id: string;
  tenant: string;
  appointment: Appointment;
  createdMs: number;
  settings: BookingSettings;
  /** What a repetition of a request with an `Idempotency-Key` is recognized by. */
  request?: { atMs: number; fingerprint: string };
  /** From the run before. */
  state?: BookingState;
}

export interface BookingChange {
  /** The version that this was made from: it is refused if there is another one meanwhile. */
  basedOn: number;
  appointment: Appointment;
}

export interface BookingCancellation {
  /** The only versions that the client wants to have cancelled. */
  ifVersions?: number[];
}

/**
 * - `made`: also if there was nothing to change
 * - `stale`: the booking is in another version
 * - `over`: it was cancelled, or has ended long ago
 */
export type BookingOutcome = 'made' | 'stale' | 'over';

export interface BookingResult {
  outcome: BookingOutcome;
  state: BookingState;
}

/** One try to send one mail. */
export interface BookingMail {
  tenant: string;
  bookingId: string;
  notice: Pick<BookingNotice, 'id' | 'kind' | 'sequence' | 'dueMs' | 'untilMs' | 'placeMs'>;
  /** As the mail tells it. */
  appointment: Appointment;
  attendee: Attendee;
}

/**
 * What came of a try:
 * - `sent`, `failed`, `skipped`: no other is to be made
 * - `retry`: nothing was sent this time
 * - `lost`: nobody knows whether it was sent
 * - `later`: there was no place for it at the mail server, so it was none
 */
export type BookingMailOutcome =
  | { status: 'sent' | 'failed' | 'skipped' | 'retry' | 'lost'; reason?: string }
  /** `hasPlace`: then is its place. */
  | { status: 'later'; untilMs: number; hasPlace?: boolean; reason?: undefined };

export interface BookingActivities {
  sendBookingMail(mail: BookingMail): Promise<BookingMailOutcome>;
  /** Ends when the deliveries to all who want it are durable. */
  publishBookingEvent(event: BookingEvent): Promise<void>;
}

export const getBooking = defineQuery<BookingState>('getBooking');
export const changeBooking = defineUpdate<BookingResult, [change: BookingChange]>('changeBooking');
/** `made` however often. */
export const cancelBooking = defineUpdate<BookingResult, [cancellation: BookingCancellation]>(
  'cancelBooking',
);

/** The tenant is part of it, so no id of a booking reaches across tenants. */
export function bookingWorkflowId(tenant: string, bookingId: string): string {
  return `booking:${tenant}:${bookingId}`;
}

export function newBookingRecord({ id, tenant, appointment, createdMs }: BookingInput): BookingRecord {
  const times = { createdMs, changedMs: createdMs };
  return { id, tenant, appointment, status: 'scheduled', version: 0, sequence: 0, ...times };
}
