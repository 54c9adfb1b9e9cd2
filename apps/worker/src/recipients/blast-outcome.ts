import type { Attempt } from '#contracts/delivery.js';
import type { RecipientResult } from '#database/blast-sending.js';
import type { SmtpOutcome } from '../activities/email/smtp-outcome.js';
import type { BlastRules } from './blast-message.js';
import { serverWords } from './server-words.js';

const MAX_REASON_LENGTH = 500;
/** Nobody was there to take it, and so it is with the next one: this one is tried again then, as if nothing had been. */
const AWAY_MS = 10_000;
/** Of requests that were not sent. */
const NOT_SENT = new Set(['dns', 'connect', 'tls', 'blocked']);
/** Statuses of answers of 400 and above that say nothing of the request itself. */
const PASSING = new Set([408, 425, 429]);

export type Outcome = Omit<RecipientResult, 'seq'>;

type Rules = Pick<BlastRules, 'retry' | 'onUncertain'>;

/** What the answer of the mail server makes of a recipient; `away`: the server can not be reached at all. */
export function outcomeOfEmail(
  { code, error, answer, uncertain, final }: SmtpOutcome,
  attempts: number,
  rules: Rules,
  nowMs: number,
): Outcome & { away?: boolean } {
  const reason = answer === undefined ? undefined : serverWords(answer, MAX_REASON_LENGTH);
  if (code !== undefined && code < 400) return { status: 'sent', code };
  if (uncertain) return unknown({ reason: `${error}: ${reason}` }, attempts, rules, nowMs);
  if (code === undefined)
    return { status: 'pending', uncounted: true, sendMs: nowMs + AWAY_MS, reason, away: true };
  return final ? { status: 'failed', code, reason } : later({ code, reason }, attempts, rules, nowMs);
}

/** What an attempt at a webhook makes of a recipient. */
export function outcomeOfWebhook(
  { statusCode: code, error, retryAfterMs = 0 }: Attempt,
  attempts: number,
  rules: Rules,
  nowMs: number,
): Outcome {
  if (code === undefined) {
    if (error === 'blocked') return { status: 'failed', reason: error };
    if (NOT_SENT.has(error ?? '')) return later({ reason: error }, attempts, rules, nowMs);
    return unknown({ reason: error }, attempts, rules, nowMs);
  }
  if (code >= 200 && code < 300) return { status: 'sent', code };
  if (code < 500 && !PASSING.has(code)) return { status: 'failed', code };
  return later({ code }, attempts, rules, nowMs, retryAfterMs);
}

/** Nobody knows whether it was taken. */
function unknown(what: Partial<Outcome>, attempts: number, rules: Rules, nowMs: number): Outcome {
  if (rules.onUncertain === 'hold') return { ...what, status: 'uncertain' };
  const outcome = later(what, attempts, rules, nowMs);
  return outcome.status === 'failed' ? { ...what, status: 'uncertain' } : { ...outcome, doubtful: true };
}

/** It was not taken, and may be at another time. */
function later(
  what: Partial<Outcome>,
  attempts: number,
  { retry }: Rules,
  nowMs: number,
  leastMs = 0,
): Outcome {
  if (attempts >= retry.maxAttempts) return { ...what, status: 'failed' };
  const delayMs = Math.max(retry.delayMs * 2 ** (attempts - 1), leastMs);
  return { ...what, status: 'pending', sendMs: nowMs + delayMs };
}
