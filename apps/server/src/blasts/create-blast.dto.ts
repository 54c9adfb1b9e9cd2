import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsString, Length } from 'class-validator';
import { BLAST_CHANNELS, ON_UNCERTAIN } from '#contracts/blast.js';
import type { BlastChannel, OnUncertain } from '#contracts/blast.js';
import { MAX_URL_LENGTH } from '#contracts/webhook-url.js';
import { PlainText } from '../http/plain-text.js';
import { IsInstant } from '../http/rfc3339.js';
import { IsDecimal, IsWhole, MayBeOmitted, Nested, UnlessNull } from '../http/validation.js';
import { WEB_URL_PATTERN } from '../timers/delivery.dto.js';
import { DURATION_SCHEMA } from '../timers/timed-delivery.dto.js';
import { BlastEmailDto, BlastWebhookDto } from './blast-content.dto.js';
import { BlastWindowDto } from './blast-window.dto.js';

const MAX_NAME_LENGTH = 200;
const MAX_RATE = 100_000;
export const MAX_PARALLELISM = 1_000;
const DEFAULT_PARALLELISM = 32;
const MAX_ATTEMPTS = 20;

export const TIME = {
  message: 'must be a time such as 2027-03-28T09:30:00Z, or a local one such as 2027-03-28T09:30:00',
};
export const ZONE = { message: 'must be the IANA name of a time zone such as Europe/Berlin' };
const URL = { message: 'must be an absolute http:// or https:// URL' };
const DURATION = { message: 'must be an ISO 8601 duration such as PT30S or PT1H' };

@ApiSchema({ name: 'CreateBlast' })
export class CreateBlastDto {
  /** For people: 1 to 200 characters. */
  @PlainText(MAX_NAME_LENGTH, 'Spring news')
  name!: string;

  @ApiProperty({ enum: BLAST_CHANNELS })
  @IsIn(BLAST_CHANNELS, { message: `must be one of ${BLAST_CHANNELS.join(', ')}` })
  channel!: BlastChannel;

  /** What goes out where the channel is `email`. */
  @ApiProperty({ type: BlastEmailDto, required: false })
  @MayBeOmitted()
  @Nested(BlastEmailDto)
  email?: BlastEmailDto;

  /** What goes out where the channel is `webhook`. */
  @ApiProperty({ type: BlastWebhookDto, required: false })
  @MayBeOmitted()
  @Nested(BlastWebhookDto)
  webhook?: BlastWebhookDto;

  /** Messages begun per second by all workers together: 0.001 to 100,000. Default: as fast as they can. */
  @ApiProperty({
    ...{ type: 'number', minimum: 0.001, maximum: MAX_RATE, nullable: true, required: false, example: 50 },
  })
  @UnlessNull()
  @IsDecimal(0.001, MAX_RATE)
  rate?: number | null;

  /** Messages under way at a time, at all workers together: 1 to 1,000. */
  @ApiProperty({
    ...{
      type: 'integer',
      minimum: 1,
      maximum: MAX_PARALLELISM,
      default: DEFAULT_PARALLELISM,
      required: false,
    },
  })
  @MayBeOmitted()
  @IsWhole(1, MAX_PARALLELISM)
  parallelism = DEFAULT_PARALLELISM;

  /**
   * Starts by itself then. With an offset it is one moment for all; a local time without one comes for each recipient
   * when it is that time where they are. One that has passed is refused, a local one if it has everywhere; a local one that
   * has passed in the east only leaves a draft. Default: it starts when it is told to.
   */
  @ApiProperty({ type: 'string', maxLength: 40, required: false, example: '2027-03-28T09:30:00' })
  @MayBeOmitted()
  @IsString(TIME)
  scheduled_at?: string;

  /** Of recipients who have none: an IANA name. */
  @ApiProperty({ type: 'string', maxLength: 64, default: 'UTC', required: false, example: 'Europe/Berlin' })
  @MayBeOmitted()
  @IsString(ZONE)
  timezone = 'UTC';

  /** Default: any time of day. */
  @ApiProperty({ type: BlastWindowDto, required: false })
  @MayBeOmitted()
  @Nested(BlastWindowDto)
  window?: BlastWindowDto;

  /** Nothing is begun from then on, and what is left is canceled: RFC 3339. Default: never. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, required: false })
  @UnlessNull()
  @IsInstant()
  kill_at?: string | null;

  /**
   * The blast pauses once more than this part of its messages has failed, of at least 20 that were sent or have failed since
   * it was started, resumed or changed: 0 to 1. Default: it never does.
   */
  @ApiProperty({ type: 'number', minimum: 0, maximum: 1, nullable: true, required: false, example: 0.1 })
  @UnlessNull()
  @IsDecimal(0, 1)
  max_failure_rate?: number | null;

  /**
   * What becomes of a message that may have been taken or not, because a worker or a connection was lost: `hold` for a
   * person to decide, or `resend` with the same id. Default: `hold` for e-mail, `resend` for webhooks.
   */
  @ApiProperty({ enum: ON_UNCERTAIN, required: false })
  @MayBeOmitted()
  @IsIn(ON_UNCERTAIN, { message: `must be one of ${ON_UNCERTAIN.join(', ')}` })
  on_uncertain?: OnUncertain;

  /** Attempts for each recipient, where one fails for a reason that may pass: 1 to 20. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_ATTEMPTS, default: 4, required: false })
  @MayBeOmitted()
  @IsWhole(1, MAX_ATTEMPTS)
  max_attempts = 4;

  /** From the first attempt to the second; each further delay is twice the one before. At most a day. */
  @ApiProperty({ ...DURATION_SCHEMA, default: 'PT30S' })
  @MayBeOmitted()
  @IsString(DURATION)
  @Length(1, 40, DURATION)
  retry_delay = 'PT30S';

  /**
   * Where recipients are read from when the list is made, on top of those that were uploaded: `GET` answers a JSON object
   * with `data`, a list of at most 10,000 recipients in at most 1 MiB, and `next`, the url of the next page or null.
   */
  @ApiProperty({
    ...{ type: 'string', pattern: WEB_URL_PATTERN, maxLength: MAX_URL_LENGTH, required: false },
    example: 'https://example.com/recipients?page=1',
  })
  @MayBeOmitted()
  @IsString(URL)
  source_url?: string;
}

export const EMAIL_BLAST_EXAMPLE = {
  name: 'Spring news',
  channel: 'email',
  email: { subject: 'News for {{ name }}', text: 'Hello {{ name }}, spring is here.' },
  rate: 50,
};

export const WEBHOOK_BLAST_EXAMPLE = {
  name: 'Price change',
  channel: 'webhook',
  webhook: { body: '{"customer": {{ id | json }}, "price": "new"}' },
  parallelism: 100,
};

export const LOCAL_BLAST_EXAMPLE = {
  ...EMAIL_BLAST_EXAMPLE,
  ...{ scheduled_at: '2031-03-30T09:30:00', timezone: 'Europe/Berlin' },
  window: { from: '09:00', until: '17:00', days: [1, 2, 3, 4, 5] },
};
