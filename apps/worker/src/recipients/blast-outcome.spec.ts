import { describe, expect, it } from '@jest/globals';
import type { Attempt } from '#contracts/delivery.js';
import type { SmtpOutcome } from '../activities/email/smtp-outcome.js';
import { outcomeOfEmail, outcomeOfWebhook } from './blast-outcome.js';

const NOW = 1_000_000;
const RETRY = { maxAttempts: 3, delayMs: 1_000 };
const HOLD = { retry: RETRY, onUncertain: 'hold' } as const;
const RESEND = { retry: RETRY, onUncertain: 'resend' } as const;

const email = (outcome: Partial<SmtpOutcome>, attempts = 1, rules: typeof HOLD | typeof RESEND = HOLD) =>
  outcomeOfEmail({ final: false, bounced: [], ...outcome }, attempts, rules, NOW);
const webhook = (attempt: Partial<Attempt>, attempts = 1, rules: typeof HOLD | typeof RESEND = RESEND) =>
  outcomeOfWebhook({ index: 0, attempt: 1, startedMs: 0, finishedMs: 0, ...attempt }, attempts, rules, NOW);

describe('What the mail server makes of a recipient', () => {
  it('is sent when it has taken the mail', () => {
    expect(email({ code: 250, final: true })).toEqual({ status: 'sent', code: 250 });
  });

  it('has failed when it will never take it', () => {
    expect(email({ code: 550, answer: 'no such user', final: true })).toMatchObject({
      status: 'failed',
      code: 550,
    });
  });

  it('says why in words that can be stored, whatever the server has said', () => {
    const { reason = '' } = email({ code: 550, answer: `no\0such${'😀'.repeat(400)}`, final: true });
    expect(reason.slice(0, 7)).toBe('no such');
    expect(reason.length).toBe(500);
    expect(reason.isWellFormed()).toBe(true);
  });

  it('is tried again when it may take it later, twice as late each time, until it was tried often enough', () => {
    expect(email({ code: 451 })).toMatchObject({ status: 'pending', sendMs: NOW + 1_000 });
    expect(email({ code: 451 }, 2)).toMatchObject({ status: 'pending', sendMs: NOW + 2_000 });
    expect(email({ code: 451 }, 3)).toMatchObject({ status: 'failed', code: 451 });
  });

  it('is uncertain when the connection was lost after the mail was given', () => {
    expect(email({ error: 'reset', uncertain: true })).toMatchObject({ status: 'uncertain' });
    expect(email({ error: 'reset', uncertain: true }, 1, RESEND)).toMatchObject({ status: 'pending' });
    expect(email({ error: 'reset', uncertain: true }, 3, RESEND)).toMatchObject({ status: 'uncertain' });
  });

  it('does not count when nobody was there to take it', () => {
    expect(email({ error: 'connect' }, 3)).toMatchObject({ status: 'pending', uncounted: true, away: true });
  });
});

describe('What an attempt at a webhook makes of a recipient', () => {
  it('is sent at 2xx, has failed at 3xx and 4xx, and is tried again at 5xx', () => {
    expect(webhook({ statusCode: 204 })).toMatchObject({ status: 'sent', code: 204 });
    for (const statusCode of [301, 400, 410])
      expect(webhook({ statusCode })).toMatchObject({ status: 'failed' });
    for (const statusCode of [408, 429, 503])
      expect(webhook({ statusCode })).toMatchObject({ status: 'pending' });
  });

  it('waits as long as the destination asks for', () => {
    expect(webhook({ statusCode: 429, retryAfterMs: 60_000 })).toMatchObject({ sendMs: NOW + 60_000 });
  });

  it('is certain where the request was not sent', () => {
    expect(webhook({ error: 'connect' }, 1, HOLD)).toMatchObject({ status: 'pending' });
    expect(webhook({ error: 'blocked' }, 1, HOLD)).toMatchObject({ status: 'failed' });
  });

  it('is uncertain where nobody answered', () => {
    expect(webhook({ error: 'timeout' }, 1, HOLD)).toMatchObject({ status: 'uncertain' });
    expect(webhook({ error: 'timeout' })).toMatchObject({ status: 'pending', doubtful: true });
    for (const certain of [{ statusCode: 503 }, { error: 'connect' } as const])
      expect(webhook(certain)).not.toHaveProperty('doubtful');
  });
});
