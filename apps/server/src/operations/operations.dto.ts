import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { ReadBy } from '../http/to-instance.js';
import { MayBeOmitted } from '../http/validation.js';
import { TimerFilterDto } from '../timers/timer-filter.dto.js';

const KINDS = ['cancel', 'redeliver'] as const;
const OPERATION_STATUSES = ['running', 'finished', 'failed', 'canceled'] as const;
const COUNT = { type: 'integer', minimum: 0 } as const;

/** Which timers are to be changed. Without any filter only together with `all`. */
@ApiSchema({ name: 'BulkFilter' })
export class BulkFilterDto extends TimerFilterDto {
  /** True, and nothing else, means all timers that can be changed so. */
  @ApiProperty({ type: 'boolean', required: false })
  @ReadBy((value) => (value === 'true' ? true : value === 'false' ? false : value))
  @MayBeOmitted()
  @IsBoolean({ message: 'must be true or false' })
  all?: boolean;
}

/** A change to many timers, in the background. */
@ApiSchema({ name: 'Operation' })
export class OperationDto {
  /** The id of the operation. */
  @ApiProperty({ type: 'string', format: 'uuid', example: '7f0c2a4e-6a55-4c0e-9d5c-2f1f8f3a9b10' })
  id!: string;

  /** What is done to the timers. */
  @ApiProperty({ enum: [...KINDS], example: 'redeliver' })
  kind!: (typeof KINDS)[number];

  /**
   * - `running`: it is under way
   * - `finished`: every timer that was found has been dealt with
   * - `failed`: it could not go on
   * - `canceled`: it was stopped
   */
  @ApiProperty({ enum: [...OPERATION_STATUSES], example: 'running' })
  status!: (typeof OPERATION_STATUSES)[number];

  /** Timers that were found so far. */
  @ApiProperty({ ...COUNT, example: 300 })
  matched!: number;

  /** Timers that were changed, or left for a worker to change. */
  @ApiProperty({ ...COUNT, example: 240 })
  done!: number;

  /** Timers whose status had changed meanwhile, so that the change was not possible any more. */
  @ApiProperty({ ...COUNT, example: 1 })
  refused!: number;

  /** Timers that could not be changed because of an error. */
  @ApiProperty({ ...COUNT, example: 0 })
  failed!: number;

  /** When it was asked for. Timers that were set later are left alone. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T10:00:00.000Z' })
  created_at!: string;

  /** When it ended; null while it is running. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, example: null })
  finished_at!: string | null;
}

export const OPERATION_EXAMPLE = { status: ['failed', 'expired'], host: 'example.com' };
