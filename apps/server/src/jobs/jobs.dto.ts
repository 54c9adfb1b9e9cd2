import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import {
  Allow,
  ArrayMaxSize,
  IsArray,
  IsEmail,
  IsIn,
  IsObject,
  IsString,
  IsUUID,
  Matches,
  MaxLength,
} from 'class-validator';
import { JOB_STATUSES } from '#contracts/job.js';
import type { JobStatus } from '#contracts/job.js';
import { MAX_URL_LENGTH } from '#contracts/webhook-url.js';
import { IsInstant } from '../http/rfc3339.js';
import { PageQuery } from '../http/page.dto.js';
import { ReadBy } from '../http/to-instance.js';
import { IsWhole, MayBeOmitted, Nested } from '../http/validation.js';
import { ANY_JSON, WEB_URL_PATTERN } from '../timers/delivery.dto.js';
import { MAX_LABELS } from '../timers/labels.js';
import { DURATION_SCHEMA } from '../timers/timed-delivery.dto.js';
import { JOB_SCOPES } from './job-owner.js';
import type { JobScope } from './job-owner.js';

const GROUP_STATUSES = [
  ...['waiting', 'queued', 'running', 'retrying', 'uncertain'],
  ...['succeeded', 'failed', 'skipped', 'dropped'],
] as const;
const TYPE_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;
const TYPE = { message: 'must be the name of a job type' };
const DURATION = { message: 'must be an ISO 8601 duration such as PT10S or P1DT2H' };
const SCOPE = { message: `must be one of ${JOB_SCOPES.join(', ')}` };
const STATUSES = { each: true, message: `must be of ${JOB_STATUSES.join(', ')}` };
const MAX_ALERTS = 10;
const MAX_GROUP = 1_999;
const TIME = { type: 'string', format: 'date-time', nullable: true } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;
/** UUIDs are the same in either case, and kept in this one. */
const lowerCase = (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : value);

/** Who is told when something is wrong with a job. */
@ApiSchema({ name: 'JobAlerts' })
export class JobAlertsDto {
  /** Urls that a signed message is delivered to: at most 10. Default: none. */
  @ApiProperty({
    type: 'array',
    items: { type: 'string', pattern: WEB_URL_PATTERN, maxLength: MAX_URL_LENGTH },
    maxItems: MAX_ALERTS,
    required: false,
    example: ['https://example.com/alerts'],
  })
  @MayBeOmitted()
  @IsArray({ message: 'must be a list of urls' })
  @ArrayMaxSize(MAX_ALERTS, { message: `must be at most ${MAX_ALERTS}` })
  @IsString({ each: true, message: 'must be a list of urls' })
  webhooks?: string[];

  /** E-mail addresses: at most 10. Default: none. */
  @ApiProperty({
    type: 'array',
    items: { type: 'string', format: 'email', maxLength: 254 },
    maxItems: MAX_ALERTS,
    required: false,
    example: ['oncall@example.com'],
  })
  @MayBeOmitted()
  @IsArray({ message: 'must be a list of e-mail addresses' })
  @ArrayMaxSize(MAX_ALERTS, { message: `must be at most ${MAX_ALERTS}` })
  @IsEmail({}, { each: true, message: 'must be a list of e-mail addresses' })
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
  @ApiProperty({ enum: JOB_SCOPES, default: 'tenant', required: false })
  @MayBeOmitted()
  @IsIn(JOB_SCOPES, SCOPE)
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

/** A group of steps of a job. */
@ApiSchema({ name: 'JobGroup' })
export class JobGroupDto {
  /** @example charge */
  name!: string;

  /**
   * - `waiting`: for the groups before it
   * - `queued`: for a place on a worker
   * - `running`: on a worker
   * - `retrying`: a try has not ended well, the next one has a time
   * - `uncertain`: nobody knows how far it came, and it must not be repeated unasked
   * - `succeeded`, `failed`
   * - `skipped`: by a person
   * - `dropped`: the job ended before it
   */
  @ApiProperty({ enum: GROUP_STATUSES, example: 'succeeded' })
  status!: (typeof GROUP_STATUSES)[number];

  /** Tries that have ended. */
  @ApiProperty({ ...COUNT, example: 1 })
  tries!: number;

  /** When it was queued. */
  @ApiProperty({ ...TIME, example: '2026-11-22T10:00:00.000Z' })
  queued_at!: string | null;

  /** When its latest try began. */
  @ApiProperty({ ...TIME, example: '2026-11-22T10:00:00.020Z' })
  started_at!: string | null;

  @ApiProperty({ ...TIME, example: '2026-11-22T10:00:01.300Z' })
  ended_at!: string | null;

  /** When it is tried again. */
  @ApiProperty({ ...TIME, example: null })
  next_try_at!: string | null;

  /** Why its latest try did not end well. */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  error!: string | null;
}

/** Jobs that a job has started. */
@ApiSchema({ name: 'JobChildren' })
export class JobChildrenDto {
  @ApiProperty({ ...COUNT, example: 1 })
  total!: number;

  /** The first 100; `GET /jobs?parent=` lists all. */
  @ApiProperty({
    type: 'array',
    items: { type: 'string', format: 'uuid' },
    example: ['8c1f0a52-6f0e-8d4b-9a55-2f1f8f3a9b10'],
  })
  ids!: string[];
}

/** A job as it is listed. */
@ApiSchema({ name: 'JobLine' })
export class JobLineDto {
  @ApiProperty({ type: 'string', format: 'uuid', example: '7f0c2a4e-6a55-4c0e-9d5c-2f1f8f3a9b10' })
  id!: string;

  /** @example coupon-campaign */
  type!: string;

  @ApiProperty({ enum: JOB_SCOPES, example: 'tenant' })
  scope!: JobScope;

  /**
   * - `scheduled`: before its start
   * - `running`: a group is queued, running, or waits to be tried again
   * - `uncertain`: a person must decide on a group: see `POST /jobs/{id}/groups/{n}/retry`
   * - `succeeded`: every group has ended well, or was skipped
   * - `failed`: a group has failed for good
   * - `canceled`: by the client
   * - `killed`: at its `kill_at`
   */
  @ApiProperty({ enum: [...JOB_STATUSES], example: 'running' })
  status!: JobStatus;

  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T10:00:00.000Z' })
  created_at!: string;

  /** Nothing was begun before; null where it could begin at once. */
  @ApiProperty({ ...TIME, example: null })
  start_at!: string | null;

  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-23T10:00:00.000Z' })
  kill_at!: string;

  @ApiProperty({ ...TIME, example: null })
  ended_at!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, example: { campaign: 'spring' } })
  labels!: Record<string, string>;

  /** The job that started it. */
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true, example: null })
  parent_id!: string | null;
}

@ApiSchema({ name: 'Job' })
export class JobDto extends JobLineDto {
  /** The schedule that it is a run of. */
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true, example: null })
  schedule_id!: string | null;

  @ApiProperty({ type: [JobGroupDto] })
  groups!: JobGroupDto[];

  /** What its steps have written, where its type shows that; else null. */
  @ApiProperty({ ...ANY_JSON, example: null })
  data!: unknown;

  @ApiProperty({ type: JobChildrenDto })
  children!: JobChildrenDto;

  /** Names of the aggregated results that it has added to: see `GET /results/{name}`. */
  @ApiProperty({ type: 'array', items: { type: 'string' }, example: ['coupon-campaign:spring'] })
  results!: string[];
}

@ApiSchema({ name: 'JobPage' })
export class JobPageDto {
  /** Those that run first, then the latest. */
  @ApiProperty({ type: [JobLineDto] })
  data!: JobLineDto[];

  /** The `cursor` of the next page; null at the end. */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  next_cursor!: string | null;
}

/** Which jobs: those to which all that is given applies. */
export class ListJobsQuery extends PageQuery {
  /** Only jobs in one of these statuses, separated by commas. */
  @ApiProperty({ type: 'array', items: { type: 'string', enum: [...JOB_STATUSES] }, required: false })
  @ReadBy((value) => [value].flat().flatMap((item) => (typeof item === 'string' ? item.split(',') : [item])))
  @MayBeOmitted()
  @IsIn(JOB_STATUSES, STATUSES)
  status?: JobStatus[];

  /** Only jobs of this type. */
  @ApiProperty({ type: 'string', pattern: TYPE_NAME.source, required: false })
  @MayBeOmitted()
  @IsString(TYPE)
  @Matches(TYPE_NAME, TYPE)
  type?: string;

  /** Only jobs that this one has started; with `scope=global` all of them, also those of other tenants. */
  @ApiProperty({ type: 'string', format: 'uuid', required: false })
  @ReadBy(lowerCase)
  @MayBeOmitted()
  @IsUUID('all', { message: 'must be a UUID' })
  parent?: string;

  /** Only jobs with this label, as `key:value`. Given more than once, with all of these labels. */
  @ApiProperty({
    type: 'array',
    items: { type: 'string', pattern: '^[^:]+:', maxLength: 400 },
    maxItems: MAX_LABELS,
    required: false,
    example: ['campaign:spring'],
  })
  @ReadBy((value) => [value].flat())
  @MayBeOmitted()
  @ArrayMaxSize(MAX_LABELS, { message: `must be at most ${MAX_LABELS} labels` })
  @Matches(/^[^:]+:/, { each: true, message: 'must be key:value' })
  @MaxLength(400, { each: true, message: 'must be at most 400 characters' })
  label?: string[];

  /** Whose jobs: the tenant's, or those of nobody in particular. */
  @ApiProperty({ enum: JOB_SCOPES, default: 'tenant', required: false })
  @MayBeOmitted()
  @IsIn(JOB_SCOPES, SCOPE)
  scope: JobScope = 'tenant';
}

/** Which group of which job. */
export class JobGroupParams {
  @ApiProperty({ type: 'string', format: 'uuid', description: 'The id of the job' })
  @ReadBy(lowerCase)
  @IsUUID('all', { message: 'must be a UUID' })
  id!: string;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    maximum: MAX_GROUP,
    description: 'Place of the group in the job, from 0',
  })
  @ReadBy((value) => (typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value))
  @IsWhole(0, MAX_GROUP)
  n!: number;
}

export const JOB_EXAMPLE = {
  type: 'coupon-campaign',
  input: { campaign: 'spring', notify_url: 'https://example.com/coupons', amount_cents: 500 },
  labels: { campaign: 'spring' },
};
