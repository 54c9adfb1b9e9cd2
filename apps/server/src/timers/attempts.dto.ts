import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { AttemptRecord } from '#contracts/timers.js';
import { formatInstant } from '../http/rfc3339.js';

/** Why an attempt got no answer. */
export const ATTEMPT_ERRORS = [
  'dns',
  'connect',
  'tls',
  'timeout',
  'reset',
  'blocked',
  'http',
  'lost',
] as const;

const MOMENT = { type: 'string', format: 'date-time' } as const;

/** One request to the destination and what came of it. */
@ApiSchema({ name: 'Attempt' })
export class AttemptDto {
  /** 1 for the first. Goes on counting when the timer is redelivered. */
  @ApiProperty({ type: 'integer', minimum: 1, example: 1 })
  number!: number;

  /** When it was due. */
  @ApiProperty({ ...MOMENT, example: '2026-11-22T10:00:10.000Z' })
  scheduled_at!: string;

  /** When the request was begun. */
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

  /** The status that the destination answered with; null if there was no answer. */
  @ApiProperty({ type: 'integer', nullable: true, example: 503 })
  status_code!: number | null;

  /**
   * Why there was no answer; null if there was one.
   * - `dns`: the name of the host was not found
   * - `connect`: no connection could be opened
   * - `tls`: no agreement on encryption, or a certificate that is not trusted
   * - `timeout`: no answer within the time limit
   * - `reset`: the connection broke
   * - `blocked`: the address is not one that may be sent to
   * - `http`: the answer was no valid HTTP
   * - `lost`: the worker that had begun it is gone, so nobody knows what came of it
   */
  @ApiProperty({ enum: [...ATTEMPT_ERRORS], nullable: true, example: null })
  error!: (typeof ATTEMPT_ERRORS)[number] | null;

  /** The beginning of the answer's body, at most 1 KiB; null if there was none, it is no longer kept, or not known yet. */
  @ApiProperty({ type: 'string', nullable: true, example: 'try again later' })
  answer!: string | null;
}

@ApiSchema({ name: 'Attempts' })
export class AttemptsDto {
  /** Every attempt that has ended, the first one first. */
  data!: AttemptDto[];
}

export function attemptDto(record: AttemptRecord): AttemptDto {
  const { attempt, scheduledMs, startedMs, finishedMs, statusCode, error, answer } = record;
  return {
    number: attempt,
    scheduled_at: formatInstant(scheduledMs),
    started_at: formatInstant(startedMs),
    finished_at: formatInstant(finishedMs),
    lateness_ms: Math.max(0, startedMs - scheduledMs),
    duration_ms: Math.max(0, finishedMs - startedMs),
    status_code: statusCode ?? null,
    error: error ?? null,
    answer: answer ?? null,
  };
}
