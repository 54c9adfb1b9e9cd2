import type { AddressVerifier } from '#messages/address-verifier.js';
import type { TimersSettings } from '../timers/timers.settings.js';

/** Largest body of `POST /emails`. */
export const EMAIL_BODY_LIMIT_BYTES = 1_048_576;
/** An e-mail as it is kept, its attachments in base64: more, and the engine could refuse it when it is moved. */
export const MAX_EMAIL_BYTES = 900_000;

export const EMAILS_SETTINGS = Symbol('EMAILS_SETTINGS');

export interface EmailsSettings {
  /** E-mails are timers. */
  timers: TimersSettings;
  /** There is a server that mail is given to. */
  sendsMail: boolean;
  verifier: AddressVerifier;
}
