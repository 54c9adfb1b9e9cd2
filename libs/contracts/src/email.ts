/** An e-mail as it is sent: rendered, whatever it was made from. */
export interface EmailMessage {
  /** Addresses, at most `MAX_EMAIL_RECIPIENTS`. Those that are suppressed when it is sent are left out. */
  to: string[];
  /** `MAIL_FROM` if absent. */
  from?: string;
  replyTo?: string;
  subject: string;
  /** At least one of the two is there. */
  text?: string;
  html?: string;
  /** None of those that the sender sets itself. */
  headers?: Record<string, string>;
  attachments?: EmailAttachment[];
  /** A calendar's view of it, RFC 6047. */
  calendar?: { method: 'REQUEST' | 'CANCEL'; content: string };
  /** Whether it says how to opt out: headers of RFC 8058 and, in the text, `{{ unsubscribe_url }}`. One recipient only. */
  unsubscribe?: boolean;
}

export interface EmailAttachment {
  filename: string;
  contentType: string;
  contentBase64: string;
}

export const MAX_EMAIL_RECIPIENTS = 50;

/** Time limit of an attempt, all that an SMTP server may take for it included. */
export const EMAIL_TIMEOUT_MS = 120_000;

/** A place to give mail to whose limits all workers keep together. */
export const SMTP_PROVIDER = 'smtp';

/** So long before its place at a provider a message is given to a worker, or it would miss it: that is then lost. */
export const PLACE_LEAD_MS = 2_000;

/** Whose limits those of providers are: no tenant can be called so. */
export const PROVIDERS = '@providers';

/**
 * Why somebody does not get a message that they could be sent:
 * - `bounced`, `opted-out`, `complained`, `manual`: the address is on the suppression list, and why
 * - `invalid`: no message can get there
 */
export type SkipReason = SuppressionReason | 'invalid';

export const SUPPRESSION_REASONS = ['bounced', 'opted-out', 'complained', 'manual'] as const;
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number];
