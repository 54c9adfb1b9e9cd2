import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { bookingOptions } from '#contracts/booking-options.js';
import { BOOKING_WORKFLOW, bookingWorkflowId, changeBooking, getBooking } from '#contracts/booking.js';
import type { BookingInput } from '#contracts/booking.js';

const HOUR_MS = 3_600_000;

/** Books half an hour with somebody, and returns its id. */
export async function bookMeeting(
  client: Client,
  tenant: string,
  { title, startsMs, email }: { title: string; startsMs: number; email: string },
): Promise<string> {
  const input: BookingInput = {
    ...{ id: randomUUID(), tenant, createdMs: Date.now() },
    settings: { settleMs: 10_000, changeableMs: 24 * HOUR_MS },
    appointment: {
      ...{ title, startsMs, endsMs: startsMs + HOUR_MS / 2, timezone: 'Europe/Berlin' },
      ...{ organizer: { email: 'sales@example.com' }, attendees: [{ email }] },
      notices: { remindersMs: [24 * HOUR_MS, HOUR_MS], followUpMs: null },
    },
  };
  await client.workflow.start(BOOKING_WORKFLOW, bookingOptions(input));
  return input.id;
}

/** By an update that is refused if somebody else has changed the booking meanwhile; then it is made from what that left. */
export async function moveMeeting(
  client: Client,
  tenant: string,
  bookingId: string,
  startsMs: number,
): Promise<void> {
  const handle = client.workflow.getHandle(bookingWorkflowId(tenant, bookingId));
  for (;;) {
    const { version, appointment } = (await handle.query(getBooking)).record;
    const moved = { ...appointment, startsMs, endsMs: startsMs + appointment.endsMs - appointment.startsMs };
    const change = { basedOn: version, appointment: moved };
    const { outcome } = await handle.executeUpdate(changeBooking, { args: [change] });
    if (outcome === 'made') return;
    if (outcome === 'over') throw new Error(`booking ${bookingId} can not be moved any more`);
  }
}

export async function whatAttendeesWereTold(
  client: Client,
  tenant: string,
  bookingId: string,
): Promise<string[]> {
  const handle = client.workflow.getHandle(bookingWorkflowId(tenant, bookingId));
  const { attendees } = await handle.query(getBooking);
  return attendees.flatMap(({ notices }) => notices.map(({ kind, status }) => `${kind} ${status}`));
}
