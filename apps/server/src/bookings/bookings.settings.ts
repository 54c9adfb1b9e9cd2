import type { BookingSettings } from '#contracts/booking.js';

export const BOOKINGS_SETTINGS = Symbol('BOOKINGS_SETTINGS');

export interface BookingsSettings extends BookingSettings {
  /** How far ahead a booking may begin or end. */
  horizonMs: number;
}
