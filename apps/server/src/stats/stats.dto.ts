import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsInstant } from '../http/rfc3339.js';
import { ReadBy, wholeNumber } from '../http/to-instance.js';
import { IsWhole, MayBeOmitted } from '../http/validation.js';
import { LISTED_STATUSES } from '../timers/timer-filter.dto.js';
import type { ListedStatus } from '../timers/timer-filter.dto.js';

const DAY_MS = 86_400_000;
const MOMENT = { type: 'string', format: 'date-time' } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;

export class StatsQuery {
  /** Timers that are due at this time or later: RFC 3339, at most 7 days before `to`. An hour before it if left out. */
  @ApiProperty({ ...MOMENT, required: false, example: '2026-11-22T09:00:00Z' })
  @MayBeOmitted()
  @IsInstant()
  from?: string;

  /** Timers that are due before this time: RFC 3339. Now if left out. */
  @ApiProperty({ ...MOMENT, required: false, example: '2026-11-22T10:00:00Z' })
  @MayBeOmitted()
  @IsInstant()
  to?: string;

  /** Milliseconds from which on a first attempt counts as `late`: 0 to a day. */
  @ApiProperty({ type: 'integer', minimum: 0, maximum: DAY_MS, default: 1_000, required: false })
  @ReadBy(wholeNumber)
  @MayBeOmitted()
  @IsWhole(0, DAY_MS)
  late_after_ms = 1_000;
}

/** How late first attempts were begun, in milliseconds. Null before there was one. */
@ApiSchema({ name: 'Lateness' })
export class LatenessDto {
  /** Half of them were not later than this. */
  @ApiProperty({ ...COUNT, nullable: true, example: 2 })
  p50_ms!: number | null;

  /** 99 of 100 were not later than this. */
  @ApiProperty({ ...COUNT, nullable: true, example: 27 })
  p99_ms!: number | null;

  /** The latest one. */
  @ApiProperty({ ...COUNT, nullable: true, example: 44 })
  max_ms!: number | null;
}

/** Alerts of jobs, whenever they were raised. */
@ApiSchema({ name: 'JobAlertStats' })
export class JobAlertStatsDto {
  /** Not told to everybody yet: what cannot be sent is tried again for three days. */
  @ApiProperty({ ...COUNT, example: 0 })
  pending!: number;

  /** Given up, and still on record. */
  @ApiProperty({ ...COUNT, example: 0 })
  failed!: number;
}

/** The timers that are due in a window of time. */
@ApiSchema({ name: 'Stats' })
export class StatsDto {
  /** Where the window begins. */
  @ApiProperty({ ...MOMENT, example: '2026-11-22T09:00:00.000Z' })
  from!: string;

  /** Where it ends. */
  @ApiProperty({ ...MOMENT, example: '2026-11-22T10:00:00.000Z' })
  to!: string;

  /** Whether all timers of the window were looked at. False: there are more than one answer takes, so ask for less. */
  @ApiProperty({ example: true })
  complete!: boolean;

  /** How many timers are in each status. */
  @ApiProperty({
    type: 'object',
    properties: Object.fromEntries(LISTED_STATUSES.map((status) => [status, COUNT])),
    required: [...LISTED_STATUSES],
    additionalProperties: false,
    example: { scheduled: 0, retrying: 1, delivered: 1042, failed: 2, canceled: 5, expired: 0 },
  })
  counts!: Record<ListedStatus, number>;

  /** Of the first attempts that have ended. */
  lateness!: LatenessDto;

  /** First attempts that were begun later than `late_after_ms`. */
  @ApiProperty({ ...COUNT, example: 0 })
  late!: number;

  /**
   * Timers that were due more than 60 s ago and none of whose attempts has ended yet. Not those that wait for a paused
   * destination or for their place in a flow.
   */
  @ApiProperty({ ...COUNT, example: 0 })
  missed!: number;

  /** Of the tenant's jobs, and of global ones for a key with the scope `jobs:global`. */
  @ApiProperty({ type: JobAlertStatsDto })
  job_alerts!: JobAlertStatsDto;
}
