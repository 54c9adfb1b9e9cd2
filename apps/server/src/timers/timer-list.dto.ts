import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { TimerLine } from '#contracts/timer-line.js';
import { formatInstant } from '../http/rfc3339.js';
import { DEFAULT_LIMIT, IsCursor, IsLimit, PageDto } from '../http/page.dto.js';
import { LISTED_STATUSES, TimerFilterDto } from './timer-filter.dto.js';
import type { ListedStatus } from './timer-filter.dto.js';

export class ListTimersQuery extends TimerFilterDto {
  @IsLimit()
  limit = DEFAULT_LIMIT;

  @IsCursor()
  cursor?: string;
}

/** A timer as a list shows it. */
@ApiSchema({ name: 'TimerSummary' })
export class TimerSummaryDto {
  /** The timer's id. */
  @ApiProperty({ type: 'string', format: 'uuid', example: '01a202b2-ec10-8000-a3f1-5c0d9e7b1a24' })
  id!: string;

  /** As of `GET /timers/{id}`, but a timer whose attempt is under way is still `scheduled` or `retrying` here. */
  @ApiProperty({ enum: [...LISTED_STATUSES], example: 'retrying' })
  status!: ListedStatus;

  /** Where the request is sent: the host of its url, with its port where the url has one. */
  @ApiProperty({ example: 'example.com' })
  host!: string;

  /** When the timer is due: RFC 3339 in UTC with milliseconds. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T10:00:10.000Z' })
  fire_at!: string;

  /** Whole seconds until then, rounded up; 0 once the time has come. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 0 })
  time_left!: number;

  /** When the next attempt is due; null once the timer has ended. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, example: '2026-11-22T10:00:15.312Z' })
  next_attempt_at!: string | null;

  /** Attempts that have ended. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 1 })
  attempts!: number;

  /** Labels that the timer was set with. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, example: { order: '1042' } })
  labels!: Record<string, string>;

  /** The schedule that it is a run of. */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  schedule_id!: string | null;

  /** Milliseconds from when the first attempt was due until it began; null before it has ended. */
  @ApiProperty({ type: 'integer', nullable: true, example: 3 })
  lateness_ms!: number | null;
}

@ApiSchema({ name: 'TimerPage' })
export class TimerPageDto extends PageDto(
  TimerSummaryDto,
  'Fewer than `limit`, even none, and still not the last page: a page looks at so many timers only.',
) {}

export function summaryOf(line: TimerLine, nowMs: number): TimerSummaryDto {
  const { id, status, host, dueMs, nextAttemptMs, attempts } = line;
  const ended = status !== 'scheduled' && status !== 'retrying';
  return {
    ...{ id, status, host },
    fire_at: formatInstant(dueMs),
    time_left: Math.max(0, Math.ceil((dueMs - nowMs) / 1000)),
    next_attempt_at: ended ? null : formatInstant(nextAttemptMs),
    attempts,
    labels: line.labels ?? {},
    schedule_id: line.scheduleId ?? null,
    lateness_ms: line.latenessMs ?? null,
  };
}
