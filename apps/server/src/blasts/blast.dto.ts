import { ApiProperty, ApiSchema, OmitType } from '@nestjs/swagger';
import { BLAST_CHANNELS, BLAST_STATUSES, PAUSE_REASONS, RECIPIENT_STATUSES } from '#contracts/blast.js';
import type { BlastChannel, BlastStatus, PauseReason, RecipientStatus } from '#contracts/blast.js';
import { PageDto } from '../http/page.dto.js';
import { BlastEmailDto, BlastWebhookDto } from './blast-content.dto.js';
import { BlastWindowDto } from './blast-window.dto.js';

const TIME = { type: 'string', format: 'date-time', nullable: true, example: null } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;

/** How many recipients have which status, all at one moment: `total` is the sum of the others. */
@ApiSchema({ name: 'BlastCounts' })
export class BlastCountsDto {
  @ApiProperty({ ...COUNT, example: 100_000 })
  total!: number;

  /** To be sent. */
  @ApiProperty({ ...COUNT, example: 60_000 })
  pending!: number;

  /** Begun, or just about to be. */
  @ApiProperty({ ...COUNT, example: 32 })
  sending!: number;

  /** Taken by the mail server, or answered with success. */
  @ApiProperty({ ...COUNT, example: 39_900 })
  sent!: number;

  /** Not taken, and not tried again unless it is asked for. */
  @ApiProperty({ ...COUNT, example: 12 })
  failed!: number;

  /** Not wanted there, or not possible: opted out, bounced, no address. */
  @ApiProperty({ ...COUNT, example: 41 })
  skipped!: number;

  /** Have the key of a recipient that came before. */
  @ApiProperty({ ...COUNT, example: 15 })
  duplicate!: number;

  /** Pending when the blast was canceled or killed, and none of their attempts can have been taken. */
  @ApiProperty({ ...COUNT, example: 0 })
  canceled!: number;

  /** Begun, and nobody knows whether they were taken; also if they were to be sent again and the blast ended before. */
  @ApiProperty({ ...COUNT, example: 0 })
  uncertain!: number;
}

@ApiSchema({ name: 'Blast' })
export class BlastDto {
  @ApiProperty({ type: 'string', format: 'uuid', example: '5b1f7f6e-61a1-4d6c-9f5c-0f6a3c7a2b10' })
  id!: string;

  /** @example Spring news */
  name!: string;

  @ApiProperty({ enum: BLAST_CHANNELS })
  channel!: BlastChannel;

  /**
   * `draft` before it is started, `scheduled` before its time, `listing` while its list is made, `running`, `paused`,
   * `ending` while the rest is being canceled; then `finished`, `canceled` or `killed`.
   */
  @ApiProperty({ enum: BLAST_STATUSES, example: 'running' })
  status!: BlastStatus;

  /** Why it is paused; null unless it is. */
  @ApiProperty({ enum: PAUSE_REASONS, nullable: true, example: null })
  reason!: PauseReason | null;

  /** The same in words. */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  detail!: string | null;

  @ApiProperty({ type: BlastCountsDto })
  counts!: BlastCountsDto;

  /** Messages that end per second now; 0 where none do. */
  @ApiProperty({ type: 'number', minimum: 0, example: 49.7 })
  rate_now!: number;

  /** When the last will have ended if it goes on like this; null where nobody can say. */
  @ApiProperty(TIME)
  estimated_end_at!: string | null;

  @ApiProperty({ type: BlastEmailDto, nullable: true })
  email!: BlastEmailDto | null;

  @ApiProperty({ type: BlastWebhookDto, nullable: true, example: null })
  webhook!: BlastWebhookDto | null;

  /** Messages begun per second at most; null is any number. */
  @ApiProperty({ type: 'number', nullable: true, example: 50 })
  rate!: number | null;

  /** @example 32 */
  parallelism!: number;

  /** One moment for all in UTC, or a local time; null if it was started by hand. */
  @ApiProperty({ type: 'string', nullable: true, example: '2027-03-28T09:30:00' })
  scheduled_at!: string | null;

  /** @example Europe/Berlin */
  timezone!: string;

  @ApiProperty({ type: BlastWindowDto, nullable: true })
  window!: BlastWindowDto | null;

  @ApiProperty(TIME)
  kill_at!: string | null;

  @ApiProperty({ type: 'number', nullable: true, example: null })
  max_failure_rate!: number | null;

  /** @example hold */
  on_uncertain!: string;

  /** @example 4 */
  max_attempts!: number;

  /** @example PT30S */
  retry_delay!: string;

  @ApiProperty({ type: 'string', nullable: true, example: null })
  source_url!: string | null;

  /**
   * Of the tenant's message credit, taken for what was sent, may have been, or is still to be; 0 where the tenant had no limit
   * when the list was made.
   */
  @ApiProperty({ ...COUNT, example: 100_000 })
  credit!: number;

  @ApiProperty({ ...TIME, nullable: false, example: '2026-11-22T10:00:00.000Z' })
  created_at!: string;

  /** When it was started, or started again. */
  @ApiProperty(TIME)
  started_at!: string | null;

  @ApiProperty(TIME)
  ended_at!: string | null;
}

/** A blast in a list: `GET /blasts/{id}` counts its recipients. */
@ApiSchema({ name: 'BlastLine' })
export class BlastLineDto extends OmitType(BlastDto, ['counts', 'rate_now', 'estimated_end_at']) {}

@ApiSchema({ name: 'BlastPage' })
export class BlastPageDto extends PageDto(BlastLineDto, 'The newest first.') {}

@ApiSchema({ name: 'RecipientUpload' })
export class RecipientUploadDto {
  /** Recipients that came with this upload, and are stored. */
  @ApiProperty({ ...COUNT, example: 100_000 })
  accepted!: number;
}

@ApiSchema({ name: 'ResolvedRecipients' })
export class ResolvedRecipientsDto {
  /** Recipients that were uncertain, and are not any more. */
  @ApiProperty({ ...COUNT, example: 3 })
  resolved!: number;
}

@ApiSchema({ name: 'BlastRecipient' })
export class BlastRecipientDto {
  /** By which it is known in this blast. The id of its message is that of the blast, an underscore, and this. */
  @ApiProperty({ ...COUNT, example: 4711 })
  n!: number;

  /** The e-mail address, or the url; null where the url is that of the blast. */
  @ApiProperty({ type: 'string', nullable: true, example: 'ada@example.com' })
  address!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, example: { name: 'Ada' } })
  data!: Record<string, unknown>;

  @ApiProperty({ type: 'string', nullable: true, example: 'Europe/Berlin' })
  timezone!: string | null;

  /**
   * Of all with the same only the first gets the message. As it was given; else the address in lower case, or the url, and null
   * where the url is that of the blast: the same as no other.
   */
  @ApiProperty({ type: 'string', nullable: true, example: 'ada@example.com' })
  dedupe_key!: string | null;

  @ApiProperty({ enum: RECIPIENT_STATUSES, example: 'sent' })
  status!: RecipientStatus;

  /**
   * Attempts that were begun, of the `max_attempts` that it has. It has all of them anew when it is retried or resolved as
   * `resend`, and this counts from 0 again.
   */
  @ApiProperty({ ...COUNT, example: 1 })
  attempts!: number;

  /** Of one that is pending: not before; null for as soon as may be. */
  @ApiProperty(TIME)
  send_at!: string | null;

  /** Reply code of the mail server, or status of the answer, at the last attempt. */
  @ApiProperty({ type: 'integer', nullable: true, example: 250 })
  code!: number | null;

  /**
   * Why it was skipped, has failed, is pending after an attempt, or is uncertain: `lost` where its sender was lost, else what
   * became of the connection. Who is `canceled` keeps that of the last attempt.
   */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  reason!: string | null;

  /** When it came to this status, if that is its last. */
  @ApiProperty({ ...TIME, example: '2026-11-22T10:00:00.000Z' })
  ended_at!: string | null;
}

@ApiSchema({ name: 'BlastRecipientPage' })
export class BlastRecipientPageDto extends PageDto(BlastRecipientDto, 'In the order in which they came.') {}
