import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { AttemptRecord } from '#contracts/timers.js';
import { ATTEMPT_ERRORS, attemptDto } from '../timers/attempts.dto.js';
import { FAILURE_REASONS } from './emails.dto.js';
import type { EmailDto } from './emails.dto.js';

const MOMENT = { type: 'string', format: 'date-time' } as const;

/** One mail given to the SMTP server, and what came of it. */
@ApiSchema({ name: 'EmailAttempt' })
export class EmailAttemptDto {
  /** 1 for the first. */
  @ApiProperty({ type: 'integer', minimum: 1, example: 1 })
  number!: number;

  /** When it was due. */
  @ApiProperty({ ...MOMENT, example: '2026-11-22T10:00:10.000Z' })
  scheduled_at!: string;

  /** When it was begun. */
  @ApiProperty({ ...MOMENT, example: '2026-11-22T10:00:10.003Z' })
  started_at!: string;

  /** When it had its answer, or had failed. */
  @ApiProperty({ ...MOMENT, example: '2026-11-22T10:00:10.045Z' })
  finished_at!: string;

  /** Milliseconds from when it was due until it was begun. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 3 })
  lateness_ms!: number;

  /** Milliseconds from when it was begun until it was finished. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 42 })
  duration_ms!: number;

  /** The reply code of the SMTP server; null if there was none. */
  @ApiProperty({ type: 'integer', nullable: true, example: 451 })
  status_code!: number | null;

  /**
   * Why there was no reply; null if there was one.
   * - `dns`, `connect`, `tls`, `reset`: the SMTP server could not be reached, or the connection broke
   * - `timeout`: no reply in time, or no connection was free in time
   * - `blocked`: it was not sent, for the `reason` beside it
   * - `lost`: the worker that had begun it is gone, so nobody knows what came of it
   */
  @ApiProperty({ enum: [...ATTEMPT_ERRORS], nullable: true, example: null })
  error!: (typeof ATTEMPT_ERRORS)[number] | null;

  /** Why its recipients get nothing, where that is so. */
  @ApiProperty({ enum: [...FAILURE_REASONS], nullable: true, example: null })
  reason!: EmailDto['reason'] | null;

  /** What the SMTP server said, at most 1 KiB, and for which recipients it has not taken it; null if that is not kept, or not known yet. */
  @ApiProperty({ type: 'string', nullable: true, example: '451 4.7.1 Greylisted, try again later' })
  answer!: string | null;
}

@ApiSchema({ name: 'EmailAttempts' })
export class EmailAttemptsDto {
  /** Every attempt that has ended, the first one first. */
  data!: EmailAttemptDto[];
}

export function emailAttemptDto(record: AttemptRecord): EmailAttemptDto {
  return { ...attemptDto(record), reason: record.reason ?? null };
}
