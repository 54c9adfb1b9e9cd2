import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { RECIPIENT_STATUSES } from '#contracts/blast.js';
import type { RecipientStatus } from '#contracts/blast.js';
import { ACTIVITY_EVENTS } from '#database/blast-activity.js';
import type { ActivityEvent } from '#database/blast-activity.js';
import type { StoredActivity, StoredRecipient } from '#database/blast-recipients.js';

type EndStatus = Exclude<RecipientStatus, 'pending' | 'sending'>;

const END_STATUSES = RECIPIENT_STATUSES.filter((status) => status !== 'pending' && status !== 'sending');
const EVENTS = [...new Set<string>([...ACTIVITY_EVENTS, ...END_STATUSES])];
/** Ends that are an attempt's. */
const OF_ATTEMPT: readonly string[] = ['sent', 'failed', 'uncertain'];

/** One thing that was done about a recipient of a blast, or came of it. */
@ApiSchema({ name: 'RecipientActivity' })
export class RecipientActivityDto {
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T10:00:00.000Z' })
  at!: string;

  /**
   * - `deferred`: an attempt was refused for the time being, or came to nothing, and another one follows
   * - `retried`: the blast was asked to send again to those who had failed
   * - `resolved-sent`, `resolved-resend`: what a person has decided on an uncertain one
   * - `sent`, `failed`, `uncertain`, `skipped`, `duplicate`, `canceled`: as the status of that name
   */
  @ApiProperty({ enum: EVENTS, example: 'deferred' })
  event!: ActivityEvent | EndStatus;

  /** Which attempt it was, counted from 1 anew after `retried` and `resolved-resend`; null if it was none. */
  @ApiProperty({ type: 'integer', minimum: 1, nullable: true, example: 1 })
  attempt!: number | null;

  /** Reply code of the mail server, or status of the answer; null if there was none. */
  @ApiProperty({ type: 'integer', nullable: true, example: 451 })
  code!: number | null;

  /** What the mail server said, what became of the connection, or why it was not sent. */
  @ApiProperty({ type: 'string', nullable: true, example: '451 4.7.1 Greylisted, try again later' })
  reason!: string | null;
}

@ApiSchema({ name: 'RecipientActivities' })
export class RecipientActivitiesDto {
  /** The oldest first; at most the last 100 before how it stands now. */
  data!: RecipientActivityDto[];
}

/** What is logged, and then what the row tells, if it has ended. */
export function activityAnswer(logged: StoredActivity[], recipient: StoredRecipient): RecipientActivitiesDto {
  const entries = logged.map(({ at, event, attempt, code, reason }) => {
    return { at: at.toISOString(), event, attempt, code, reason };
  });
  const { status, endedAt, attempts, code, reason } = recipient;
  if (!endedAt) return { data: entries };
  const attempt = OF_ATTEMPT.includes(status) && attempts > 0 ? attempts : null;
  const last = { at: endedAt.toISOString(), event: status as EndStatus, attempt, code, reason };
  return { data: [...entries, last] };
}
