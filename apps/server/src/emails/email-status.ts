import type { TimerStatus } from '#contracts/timers.js';
import type { TimerWords } from '../timers/timer-words.js';

export const EMAIL_STATUSES = [
  'scheduled',
  'sending',
  'retrying',
  'sent',
  'failed',
  'canceled',
  'expired',
  'purged',
] as const;
export type EmailStatus = (typeof EMAIL_STATUSES)[number];

/** What a list can tell apart. Whether an e-mail is just being sent only `GET /emails/:id` can say. */
export const LISTED_EMAIL_STATUSES = [
  'scheduled',
  'retrying',
  'sent',
  'failed',
  'canceled',
  'expired',
] as const;
export type ListedEmailStatus = (typeof LISTED_EMAIL_STATUSES)[number];

/** What clients are told of the status of a timer that is an e-mail. */
export function emailStatus<Status extends TimerStatus | 'purged'>(status: Status) {
  type Word = Status extends 'delivered' ? 'sent' : Status extends 'dispatching' ? 'sending' : Status;
  const words: Partial<Record<TimerStatus | 'purged', string>> = {
    delivered: 'sent',
    dispatching: 'sending',
  };
  return (words[status] ?? status) as Word;
}

/** The timer's status that they mean. */
export function timerStatus(status: ListedEmailStatus) {
  return status === 'sent' ? 'delivered' : status;
}

export const OF_EMAILS: TimerWords = {
  ...{ kind: 'emails', noun: 'E-mail', statusField: 'email_status' },
  wordFor: emailStatus,
};
