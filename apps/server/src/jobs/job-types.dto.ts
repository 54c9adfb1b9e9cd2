import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { JobTypeRecord } from '#contracts/job-plan.js';

const SECONDS = { type: 'number', minimum: 0 } as const;

/** A group of steps of a job type. */
@ApiSchema({ name: 'JobTypeGroup' })
export class JobTypeGroupDto {
  /** @example charge */
  name!: string;

  /** Of one try. */
  @ApiProperty({ ...SECONDS, example: 60 })
  timeout_seconds!: number;

  /** Tries in all; 1 for what must not be repeated unasked: then a person decides. */
  @ApiProperty({ type: 'integer', minimum: 1, example: 5 })
  max_attempts!: number;

  /** Whether it is repeated when it does not end well. */
  @ApiProperty({ type: 'boolean', example: true })
  repeatable!: boolean;

  /** The engine's task queue that it has of its own; null for that of its job. */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  task_queue!: string | null;
}

@ApiSchema({ name: 'JobType' })
export class JobTypeDto {
  /** @example coupon-campaign */
  type!: string;

  @ApiProperty({ type: 'string', nullable: true, example: 'Gives every user of a tenant a coupon' })
  description!: string | null;

  /** JSON Schema (draft 2020-12) of its `input`. */
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { type: 'object', properties: { offset: { type: 'integer' } } },
  })
  input_schema!: object;

  @ApiProperty({ type: [JobTypeGroupDto] })
  groups!: JobTypeGroupDto[];

  /** From its start to its `kill_at`, where the client says none. */
  @ApiProperty({ ...SECONDS, example: 86_400 })
  kill_after_seconds!: number;

  /** So long before its `kill_at` those concerned are warned; null: not at all, unless the client says so. */
  @ApiProperty({ ...SECONDS, nullable: true, example: 600 })
  warn_before_seconds!: number | null;
}

@ApiSchema({ name: 'JobTypes' })
export class JobTypesDto {
  @ApiProperty({ type: [JobTypeDto] })
  data!: JobTypeDto[];
}

export function jobTypeAnswer(record: JobTypeRecord): JobTypeDto {
  const { type, description, inputSchema, groups, killAfterMs, warnBeforeMs } = record;
  return {
    ...{ type, description: description ?? null, input_schema: inputSchema },
    groups: groups.map(({ name, timeoutMs, retry, taskQueue }) => ({
      ...{ name, timeout_seconds: timeoutMs / 1000, repeatable: retry !== 'none' },
      max_attempts: retry === 'none' ? 1 : retry.maxAttempts,
      task_queue: taskQueue ?? null,
    })),
    kill_after_seconds: killAfterMs / 1000,
    warn_before_seconds: warnBeforeMs === undefined ? null : warnBeforeMs / 1000,
  };
}
