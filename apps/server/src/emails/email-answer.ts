import type { EmailAttachment, EmailMessage } from '#contracts/email.js';
import { statusAt } from '#contracts/timers.js';
import type { Timer, TimerView } from '#contracts/timers.js';
import { newView } from '#timers/new-view.js';
import { formatInstant } from '../http/rfc3339.js';
import { emailStatus } from './email-status.js';
import type { EmailDto } from './emails.dto.js';

const IS_TO_COME = new Set<TimerView['status']>(['scheduled', 'retrying']);

/** How an e-mail stands, and what was asked of it. */
export function emailAnswer(view: TimerView, nowMs = Date.now()): EmailDto {
  const { timer, attempts, version, failure } = view;
  const { expiresMs, retryDelaysMs, labels, onSuccess, onFailure } = timer;
  return {
    ...{ id: timer.id, status: emailStatus(statusAt(view, nowMs)) },
    ...sending(timer.dueMs, nowMs),
    next_attempt_at: IS_TO_COME.has(view.status) ? formatInstant(view.nextAttemptMs) : null,
    attempts,
    version,
    ...failureAnswer(failure),
    ...(expiresMs !== undefined && { kill_at: formatInstant(expiresMs) }),
    ...(timer.email && messageAnswer(timer.email)),
    ...(retryDelaysMs && {
      retry: { max_attempts: retryDelaysMs.length + 1, delays_seconds: retryDelaysMs.map((ms) => ms / 1000) },
    }),
    ...(labels && { labels }),
    ...(onSuccess && { on_success: onSuccess }),
    ...(onFailure && { on_failure: onFailure }),
  };
}

/** The answer to whoever has just set it. */
export function newEmailAnswer(timer: Timer, nowMs: number): EmailDto {
  return emailAnswer(newView(timer, nowMs), nowMs);
}

/** All that is known of an e-mail whose record is gone. */
export function purgedEmailAnswer(id: string, dueMs: number): EmailDto {
  return { id, status: 'purged', ...sending(dueMs, Date.now()), next_attempt_at: null };
}

/** Why it has failed, in two fields. */
export function failureAnswer(failure: TimerView['failure']): Pick<EmailDto, 'reason' | 'status_code'> {
  if (!failure) return {};
  const { reason, statusCode, error } = failure;
  return {
    reason: reason ?? error ?? 'refused',
    ...(statusCode !== undefined && { status_code: statusCode }),
  };
}

function sending(dueMs: number, nowMs: number): Pick<EmailDto, 'send_at' | 'time_left'> {
  return { send_at: formatInstant(dueMs), time_left: Math.max(0, Math.ceil((dueMs - nowMs) / 1000)) };
}

function messageAnswer({ replyTo, attachments, calendar: _, ...message }: EmailMessage): Partial<EmailDto> {
  return {
    ...message,
    ...(replyTo !== undefined && { reply_to: replyTo }),
    ...(attachments && { attachments: attachments.map(attachmentAnswer) }),
  };
}

function attachmentAnswer({ filename, contentType, contentBase64 }: EmailAttachment) {
  return { filename, content_type: contentType, bytes: Buffer.byteLength(contentBase64, 'base64') };
}
