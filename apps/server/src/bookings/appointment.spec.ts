import { describe, expect, it } from '@jest/globals';
import { readAppointment } from './appointment.js';
import type { CreateBookingDto, NoticePlanDto } from './bookings.dto.js';

const HOUR_MS = 3_600_000;

function plansOf(notices?: NoticePlanDto, ofAttendee?: NoticePlanDto) {
  const body = {
    ...{ title: 'Visit', starts_at: '2027-01-11T09:00:00Z', ends_at: '2027-01-11T10:00:00Z' },
    ...{ timezone: 'Europe/Berlin', organizer: { email: 'host@example.com' }, notices },
    attendees: [{ email: 'ada@example.com', notices: ofAttendee }],
  } as CreateBookingDto;
  const nowMs = Date.parse('2027-01-01T00:00:00Z');
  const { notices: ofBooking, attendees } = readAppointment(body, { nowMs, horizonMs: 365 * 24 * HOUR_MS });
  return { ofBooking, ofAttendee: attendees[0]?.notices };
}

describe('The notices of a booking', () => {
  it('are a day and an hour before, and an hour after, where nothing is said', () => {
    expect(plansOf()).toEqual({
      ofBooking: { remindersMs: [24 * HOUR_MS, HOUR_MS], followUpMs: HOUR_MS },
      ofAttendee: undefined,
    });
  });

  it('hold for an attendee in what they do not have of their own', () => {
    const { ofAttendee } = plansOf({ reminders: ['PT3H'], follow_up: null }, { reminders: ['PT2H'] });
    expect(ofAttendee).toEqual({ remindersMs: [2 * HOUR_MS], followUpMs: null });
    expect(plansOf({ reminders: ['PT3H'] }, { follow_up: 'PT5H' }).ofAttendee).toEqual({
      ...{ remindersMs: [3 * HOUR_MS], followUpMs: 5 * HOUR_MS },
    });
  });
});
