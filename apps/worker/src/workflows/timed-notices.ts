import type { Appointment, Attendee, BookingNotice } from '#contracts/booking.js';

const FOLLOW_UP_WITHIN_MS = 3 * 86_400_000;

/** A mail that goes out by the clock. `key` tells it from all others to the same attendee. */
export type TimedNotice = Pick<BookingNotice, 'kind' | 'dueMs' | 'untilMs'> & { key: string };

/** The reminders of an appointment and its follow-up, in the order of their times. */
export function timedNotices(
  { startsMs, endsMs, notices: plan }: Appointment,
  { notices: own }: Attendee,
): TimedNotice[] {
  const { remindersMs, followUpMs } = own ?? plan;
  const befores = [...new Set(remindersMs)].sort((a, b) => b - a);
  const reminders = befores.map((beforeMs, index) => ({
    ...{ key: `reminder.${startsMs}.${beforeMs}`, kind: 'reminder' as const, dueMs: startsMs - beforeMs },
    // From then on the next one says the same.
    untilMs: startsMs - (befores[index + 1] ?? 0),
  }));
  if (followUpMs === null) return reminders;
  const dueMs = endsMs + followUpMs;
  const followUp = { key: `follow-up.${endsMs}`, kind: 'follow-up' as const, dueMs };
  return [...reminders, { ...followUp, untilMs: dueMs + FOLLOW_UP_WITHIN_MS }];
}
