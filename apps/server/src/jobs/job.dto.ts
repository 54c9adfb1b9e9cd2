import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { JOB_STATUSES } from '#contracts/job.js';
import type { JobStatus } from '#contracts/job.js';
import { PageDto } from '../http/page.dto.js';
import { ANY_JSON } from '../timers/delivery.dto.js';
import { JOB_SCOPES } from './job-owner.js';
import type { JobScope } from './job-owner.js';

const GROUP_STATUSES = [
  ...['waiting', 'queued', 'running', 'retrying', 'uncertain'],
  ...['succeeded', 'failed', 'skipped', 'dropped'],
] as const;
const TIME = { type: 'string', format: 'date-time', nullable: true } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;

/** A group of steps of a job. */
@ApiSchema({ name: 'JobGroup' })
export class JobGroupDto {
  /** @example charge */
  name!: string;

  /**
   * - `waiting`: for the groups before it
   * - `queued`: for a place on a worker
   * - `running`: on a worker
   * - `retrying`: a try has not ended well, and another is to follow if there is time for it before `kill_at`
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

  /** When it is tried again. Null where it is queued again, or where no time is left for that. */
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

  /** Names of the first 100 aggregated results that it has added to: see `GET /results/{name}`. */
  @ApiProperty({ type: 'array', items: { type: 'string' }, example: ['coupon-campaign:spring'] })
  results!: string[];
}

@ApiSchema({ name: 'JobPage' })
export class JobPageDto extends PageDto(JobLineDto, 'Those that run first, then the latest.') {}
