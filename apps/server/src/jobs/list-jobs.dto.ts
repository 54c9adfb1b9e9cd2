import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsIn, IsString, IsUUID, Matches, MaxLength } from 'class-validator';
import { JOB_STATUSES } from '#contracts/job.js';
import type { JobStatus } from '#contracts/job.js';
import { PageQuery } from '../http/page.dto.js';
import { ReadBy } from '../http/to-instance.js';
import { IsWhole, MayBeOmitted } from '../http/validation.js';
import { MAX_LABELS } from '../timers/labels.js';
import type { JobScope } from './job-owner.js';
import { IsJobScope } from './job-scope.dto.js';
import { TYPE, TYPE_NAME } from './jobs.dto.js';

const STATUSES = { each: true, message: `must be of ${JOB_STATUSES.join(', ')}` };
const MAX_GROUP = 1_999;
/** UUIDs are the same in either case, and kept in this one. */
const lowerCase = (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : value);

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
  @IsJobScope()
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
