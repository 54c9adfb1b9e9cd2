import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { Allow, ArrayMaxSize, IsArray, IsEmail, IsObject, IsString, Matches } from 'class-validator';
import { MAX_URL_LENGTH } from '#contracts/webhook-url.js';
import { IsInstant } from '../http/rfc3339.js';
import { MayBeOmitted, Nested } from '../http/validation.js';
import { ANY_JSON, WEB_URL_PATTERN } from '../timers/delivery.dto.js';
import { MAX_LABELS } from '../timers/labels.js';
import { DURATION_SCHEMA } from '../timers/timed-delivery.dto.js';
import type { JobScope } from './job-owner.js';
import { IsJobScope } from './job-scope.dto.js';

export const TYPE_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;
export const TYPE = { message: 'must be the name of a job type' };
const DURATION = { message: 'must be an ISO 8601 duration such as PT10S or P1DT2H' };
const MAX_ALERTS = 10;

/** The field has urls of those who are told. */
export const AlertUrls = ({ required }: { required: boolean }): PropertyDecorator =>
  applyDecorators(
    ApiProperty({
      type: 'array',
      items: { type: 'string', pattern: WEB_URL_PATTERN, maxLength: MAX_URL_LENGTH },
      maxItems: MAX_ALERTS,
      required,
      example: ['https://example.com/alerts'],
    }),
    IsArray({ message: 'must be a list of urls' }),
    ArrayMaxSize(MAX_ALERTS, { message: `must be at most ${MAX_ALERTS}` }),
    IsString({ each: true, message: 'must be a list of urls' }),
  );

/** The field has the e-mail addresses of those who are told. */
export const AlertAddresses = ({ required }: { required: boolean }): PropertyDecorator =>
  applyDecorators(
    ApiProperty({
      type: 'array',
      items: { type: 'string', format: 'email', maxLength: 254 },
      maxItems: MAX_ALERTS,
      required,
      example: ['oncall@example.com'],
    }),
    IsArray({ message: 'must be a list of e-mail addresses' }),
    ArrayMaxSize(MAX_ALERTS, { message: `must be at most ${MAX_ALERTS}` }),
    IsEmail({}, { each: true, message: 'must be a list of e-mail addresses' }),
  );

/** Who is told when something is wrong with a job. */
@ApiSchema({ name: 'JobAlerts' })
export class JobAlertsDto {
  /** Urls that a signed message is delivered to: at most 10. Default: none. */
  @AlertUrls({ required: false })
  @MayBeOmitted()
  webhooks?: string[];

  /** E-mail addresses: at most 10. Default: none. */
  @AlertAddresses({ required: false })
  @MayBeOmitted()
  emails?: string[];
}

/** What a job is, but for its times. */
export class JobFieldsDto {
  /** The name of a job type: see `GET /job-types`. */
  @ApiProperty({ type: 'string', pattern: TYPE_NAME.source, example: 'coupon-campaign' })
  @IsString(TYPE)
  @Matches(TYPE_NAME, TYPE)
  type!: string;

  /** What the job works on, as its type's `input_schema` wants it. Default: an empty object. */
  @ApiProperty({
    ...ANY_JSON,
    required: false,
    example: { campaign: 'spring', notify_url: 'https://example.com/coupons', amount_cents: 500 },
  })
  @Allow()
  input?: unknown;

  /** `global` for work of nobody in particular; that needs the scope `jobs:global`. */
  @IsJobScope()
  scope: JobScope = 'tenant';

  /** Who is told when something is wrong, beside those whom its type and the tenant name. */
  @ApiProperty({ type: JobAlertsDto, required: false })
  @MayBeOmitted()
  @Nested(JobAlertsDto)
  alerts?: JobAlertsDto;

  /** At most 16 texts of at most 256 characters, by names of at most 64 letters, digits, dots, dashes and underscores. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', maxLength: 256 },
    maxProperties: MAX_LABELS,
    selfRequired: false,
    example: { campaign: 'spring' },
  })
  @MayBeOmitted()
  @IsObject({ message: 'must be an object of names and texts' })
  labels?: Record<string, string>;
}

@ApiSchema({ name: 'CreateJob' })
export class CreateJobDto extends JobFieldsDto {
  /** Nothing is begun before: RFC 3339. Default: at once. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false })
  @MayBeOmitted()
  @IsInstant()
  start_at?: string;

  /** The same as an ISO 8601 duration from now. */
  @ApiProperty(DURATION_SCHEMA)
  @MayBeOmitted()
  @IsString(DURATION)
  delay?: string;

  /** Then the job is killed: what runs is stopped, nothing is begun any more. Default: as its type says, after its start. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false })
  @MayBeOmitted()
  @IsInstant()
  kill_at?: string;

  /** So long before `kill_at` those concerned are warned: an ISO 8601 duration. Default: as its type says. */
  @ApiProperty(DURATION_SCHEMA)
  @MayBeOmitted()
  @IsString(DURATION)
  warn_before?: string;
}

/** How a job goes on that has failed or was killed. */
@ApiSchema({ name: 'RetryJob' })
export class RetryJobDto {
  /** Its new `kill_at`: RFC 3339. Default: as it was, or, where that is over, as its type says, from now on. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false })
  @MayBeOmitted()
  @IsInstant()
  kill_at?: string;
}

export const JOB_EXAMPLE = {
  type: 'coupon-campaign',
  input: { campaign: 'spring', notify_url: 'https://example.com/coupons', amount_cents: 500 },
  labels: { campaign: 'spring' },
};
