import type { BookingSettings } from '#contracts/booking.js';
import type { AddressVerifier } from '#messages/address-verifier.js';

export const BOOKINGS_SETTINGS = Symbol('BOOKINGS_SETTINGS');

export interface BookingsSettings extends BookingSettings {
  /** How far ahead a booking may begin or end. */
  horizonMs: number;
  verifier: AddressVerifier;
}
