import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsInt, IsString, Min } from 'class-validator';
import { MAX_URL_LENGTH } from '#contracts/webhook-url.js';
import { MayBeOmitted } from '../http/validation.js';

const WHOLE_NUMBER = { message: 'must be a whole number ≥ 0' };
const PERIOD = { type: 'integer', minimum: 0, default: 0, required: false } as const;

export const TIMER_STATUSES = [
  'scheduled',
  'dispatching',
  'retrying',
  'delivered',
  'failed',
  'canceled',
  'expired',
  'purged',
] as const;

export const EXAMPLE = { hours: 0, minutes: 0, seconds: 10, url: 'https://example.com/hooks/{id}' };

/** When and where. Hours, minutes and seconds are added up; all zero fires at once. */
@ApiSchema({ name: 'CreateTimer' })
export class CreateTimerDto {
  /** Hours until the timer is due: a whole number ≥ 0. */
  @ApiProperty({ ...PERIOD, example: EXAMPLE.hours })
  @MayBeOmitted()
  @IsInt(WHOLE_NUMBER)
  @Min(0, WHOLE_NUMBER)
  hours?: number;

  /** Minutes until the timer is due, on top of the hours: a whole number ≥ 0. */
  @ApiProperty({ ...PERIOD, example: EXAMPLE.minutes })
  @MayBeOmitted()
  @IsInt(WHOLE_NUMBER)
  @Min(0, WHOLE_NUMBER)
  minutes?: number;

  /** Seconds until the timer is due, on top of hours and minutes: a whole number ≥ 0. */
  @ApiProperty({ ...PERIOD, example: EXAMPLE.seconds })
  @MayBeOmitted()
  @IsInt(WHOLE_NUMBER)
  @Min(0, WHOLE_NUMBER)
  seconds?: number;

  /**
   * Where the request is sent: an absolute http or https URL without user name and password. `{id}` in its path or
   * query is replaced by the timer's id; everything else is sent as it is written.
   */
  @ApiProperty({
    type: 'string',
    format: 'uri-template',
    pattern: '^[hH][tT][tT][pP][sS]?://[^/?#]+',
    maxLength: MAX_URL_LENGTH,
    example: EXAMPLE.url,
  })
  @IsString({ message: 'must be an absolute http:// or https:// URL' })
  url!: string;
}

@ApiSchema({ name: 'Timer' })
export class TimerDto {
  /** The timer's id. Sent to the destination as `webhook-id`, the same at every attempt. */
  @ApiProperty({ type: 'string', format: 'uuid', example: '01a202b2-ec10-8000-a3f1-5c0d9e7b1a24' })
  id!: string;

  /**
   * - `scheduled`: before its first attempt
   * - `dispatching`: its time has come and the attempt is under way
   * - `retrying`: an attempt failed and another one will be made
   * - `delivered`: the destination answered 2xx
   * - `failed`: the last attempt failed
   * - `canceled`: by the client, before it was delivered
   * - `expired`: not delivered before the time after which nobody wants it
   * - `purged`: it was due, and its record is no longer kept
   */
  @ApiProperty({ enum: TIMER_STATUSES, enumName: 'TimerStatus', example: 'scheduled' })
  status!: (typeof TIMER_STATUSES)[number];

  /** Where the request is sent, as it was asked for; null once the timer is purged. */
  @ApiProperty({ example: EXAMPLE.url })
  url!: string | null;

  /** When the timer is due: RFC 3339 in UTC with milliseconds. Retries do not change it. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T10:00:10.000Z' })
  fire_at!: string;

  /** Whole seconds until then, rounded up; 0 once the time has come. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 10 })
  time_left!: number;
}
