import { RECIPIENT_STATUSES } from '#contracts/blast.js';
import type { BlastContent, BlastRetry, BlastTimes } from '#contracts/blast.js';
import type { RecipientActivity, StoredRecipient } from '#database/blast-recipients.js';
import type { RecipientCounts, StoredBlast } from '#database/blasts.js';
import { afterOpenMs, nextOpenMs } from '#messages/send-times.js';
import { formatInstant } from '../http/rfc3339.js';
import { formatDuration } from '../timers/duration.js';
import type { BlastCountsDto, BlastDto, BlastLineDto, BlastRecipientDto } from './blast.dto.js';
import { windowDto } from './blast-times.js';
import type { RecipientActivitiesDto, RecipientActivityDto } from './recipient-activity.dto.js';

/** Statuses that an attempt has led to. */
const OF_ATTEMPT: readonly string[] = ['sent', 'failed', 'uncertain'];

/** A blast as the API tells of it. */
export function blastAnswer(
  blast: StoredBlast,
  content: BlastContent,
  stored: RecipientCounts,
  { rate, lastMs }: { rate: number; lastMs?: number },
): BlastDto {
  const counts = countsDto(stored);
  const rateNow = blast.status === 'running' ? Math.round(rate * 10) / 10 : 0;
  return {
    ...lineAnswer(blast, content),
    ...{ counts, rate_now: rateNow, estimated_end_at: estimatedEnd(blast, counts, rateNow, lastMs) },
  };
}

export function lineAnswer(blast: StoredBlast, content: BlastContent): BlastLineDto {
  const { atMs, local, timezone, window } = blast.times as BlastTimes;
  const { maxAttempts, delayMs } = blast.retry as BlastRetry;
  const isPaused = blast.status === 'paused';
  return {
    ...{
      id: blast.id,
      name: blast.name,
      channel: blast.channel,
      status: blast.status as BlastLineDto['status'],
    },
    reason: isPaused ? (blast.reason as BlastLineDto['reason']) : null,
    detail: isPaused ? blast.detail : null,
    ...contentDto(content),
    ...{ rate: blast.rate, parallelism: blast.parallelism },
    scheduled_at: local ?? formatInstant(atMs),
    ...{ timezone, window: window ? windowDto(window) : null },
    ...{ kill_at: time(blast.killAt), max_failure_rate: blast.maxFailureRate },
    ...{ on_uncertain: blast.onUncertain, max_attempts: maxAttempts, retry_delay: formatDuration(delayMs) },
    ...{ source_url: blast.source?.url ?? null, credit: Math.max(0, blast.credit - blast.uncharged) },
    ...{
      created_at: blast.createdAt.toISOString(),
      started_at: time(blast.startedAt),
      ended_at: time(blast.endedAt),
    },
  };
}

export function recipientAnswer(recipient: StoredRecipient): BlastRecipientDto {
  const { seq, address, data, timezone, dedupeKey, status, attempts, sendAt, code, reason, endedAt } =
    recipient;
  const hasTime = status === 'pending' && sendAt.getTime() > 0;
  return {
    ...{ n: seq, address, data, timezone, dedupe_key: dedupeKey },
    ...{ status: status as BlastRecipientDto['status'], attempts },
    ...{ send_at: hasTime ? sendAt.toISOString() : null, code, reason, ended_at: time(endedAt) },
  };
}

/** What is logged, and then what the row tells, where that is not the same. */
export function activityAnswer({ recipient, entries }: RecipientActivity): RecipientActivitiesDto {
  const logged: RecipientActivityDto[] = entries.map(({ at, event, attempt, code, reason }) => {
    return { at: at.toISOString(), event, attempt, code, reason };
  });
  const { status, endedAt, attempts, code, reason } = recipient;
  if (!endedAt || logged.at(-1)?.at === endedAt.toISOString()) return { data: logged };
  const isLogged = attempts > 0 && logged.at(-1)?.attempt === attempts;
  const attempt = OF_ATTEMPT.includes(status) && attempts > 0 && !isLogged ? attempts : null;
  const end = { at: endedAt.toISOString(), event: status as RecipientActivityDto['event'] };
  // Who is canceled has code and reason of the attempt before, which is logged.
  const why = status === 'canceled' ? { code: null, reason: null } : { code, reason };
  return { data: [...logged, { ...end, attempt, ...why }] };
}

function contentDto({ email, webhook }: BlastContent): Pick<BlastLineDto, 'email' | 'webhook'> {
  if (email) {
    const { template, subject, text, html, from, replyTo, headers, unsubscribe } = email;
    const parts = { template, subject, text, html, from, reply_to: replyTo, headers };
    return { email: { ...parts, unsubscribe }, webhook: null };
  }
  if (!webhook) return { email: null, webhook: null };
  const { timeoutMs, ...request } = webhook;
  return { email: null, webhook: { ...request, timeout_seconds: timeoutMs / 1_000 } };
}

function countsDto(stored: RecipientCounts): BlastCountsDto {
  const counts = RECIPIENT_STATUSES.map((status) => [status, stored[status] ?? 0] as const);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  return { total, ...Object.fromEntries(counts) } as BlastCountsDto;
}

function estimatedEnd(
  { status, rate, killAt, times }: StoredBlast,
  { pending, sending }: BlastCountsDto,
  rateNow: number,
  lastMs = 0,
): string | null {
  if (status !== 'running' || pending + sending === 0) return null;
  const perSecond = rateNow > 0 ? rateNow : rate;
  const { window, timezone } = times as BlastTimes;
  const neededMs = perSecond ? ((pending + sending) / perSecond) * 1_000 : 0;
  const nowMs = Date.now();
  const isClosed = window !== undefined && nextOpenMs(window, timezone, nowMs) > nowMs;
  // What goes out while it is closed there goes to other time zones.
  const isElsewhere = isClosed && rateNow > 0;
  const allSentMs =
    window && perSecond && !isElsewhere ? afterOpenMs(window, timezone, nowMs, neededMs) : nowMs + neededMs;
  const endMs = Math.max(allSentMs, lastMs);
  // Nothing goes out now, and nobody can say how fast it will.
  if (endMs <= nowMs) return null;
  return formatInstant(Math.min(endMs, killAt?.getTime() ?? Infinity, 8.64e15));
}

function time(at: Date | null): string | null {
  return at?.toISOString() ?? null;
}
