import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { RECIPIENT_STATUSES } from '#contracts/blast.js';
import type { RecipientStatus } from '#contracts/blast.js';
import { ACTIVITY_EVENTS } from '#database/blast-activity.js';
import type { ActivityEvent } from '#database/blast-activity.js';

type EndStatus = Exclude<RecipientStatus, 'pending' | 'sending'>;

const END_STATUSES = RECIPIENT_STATUSES.filter((status) => status !== 'pending' && status !== 'sending');
const EVENTS = [...new Set<string>([...ACTIVITY_EVENTS, ...END_STATUSES])];

/** One thing that was done about a recipient of a blast, or came of it. */
@ApiSchema({ name: 'RecipientActivity' })
export class RecipientActivityDto {
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T10:00:00.000Z' })
  at!: string;

  /**
   * - `deferred`: an attempt was refused for the time being, or came to nothing, and another one follows
   * - `retried`: the blast was asked to send again to those who had failed
   * - `resolved-sent`, `resolved-resend`: what a person has decided on an uncertain one
   * - `sent`, `failed`, `uncertain`, `skipped`, `duplicate`, `canceled`: as the status of that name. Who may have got it and
   *   is not attempted again remains `uncertain`, whichever of them is the last
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
  /** The oldest first. Of more than a hundred the last. */
  data!: RecipientActivityDto[];
}
