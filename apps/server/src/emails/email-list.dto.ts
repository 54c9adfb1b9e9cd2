import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { ArrayMaxSize, IsIn, Matches } from 'class-validator';
import type { TimerFilter } from '#contracts/timer-filter.js';
import type { TimerLine } from '#contracts/timer-line.js';
import { PageDto, PageQuery } from '../http/page.dto.js';
import { formatInstant, IsInstant, parseInstant } from '../http/rfc3339.js';
import { ReadBy } from '../http/to-instance.js';
import { MayBeOmitted } from '../http/validation.js';
import { ATTEMPT_ERRORS } from '../timers/attempts.dto.js';
import { keyAndValue, listOf } from '../timers/timer-filter.dto.js';
import { failureAnswer } from './email-answer.js';
import { emailStatus, LISTED_EMAIL_STATUSES, timerStatus } from './email-status.js';
import type { ListedEmailStatus } from './email-status.js';
import { FAILURE_REASONS } from './emails.dto.js';
import type { EmailDto } from './emails.dto.js';

const MAX_LABELS = 16;
const STATUSES = { each: true, message: `must be of ${LISTED_EMAIL_STATUSES.join(', ')}` };

/** Which e-mails: those to which all that is given applies. */
export class ListEmailsQuery extends PageQuery {
  /**
   * Only e-mails in one of these statuses, separated by commas. A list tells `scheduled` or `retrying` of an e-mail that
   * is just being sent; `GET /emails/{id}` tells `sending`.
   */
  @ApiProperty({
    type: 'array',
    items: { type: 'string', enum: [...LISTED_EMAIL_STATUSES] },
    required: false,
    example: ['failed', 'expired'],
  })
  @ReadBy((value) => listOf(value, ','))
  @MayBeOmitted()
  @IsIn(LISTED_EMAIL_STATUSES, STATUSES)
  status?: ListedEmailStatus[];

  /** Only e-mails with this label, as `key:value`. Given more than once, with all of these labels. */
  @ApiProperty({
    type: 'array',
    items: { type: 'string', pattern: '^[^:]+:' },
    maxItems: MAX_LABELS,
    required: false,
    example: ['order:4711'],
  })
  @ReadBy((value) => listOf(value))
  @MayBeOmitted()
  @ArrayMaxSize(MAX_LABELS, { message: `must be at most ${MAX_LABELS} labels` })
  @Matches(/^[^:]+:/, { each: true, message: 'must be key:value' })
  label?: string[];

  /** Only e-mails that are due at this time or later: RFC 3339. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false, example: '2026-11-22T10:00:00Z' })
  @MayBeOmitted()
  @IsInstant()
  send_at_from?: string;

  /** Only e-mails that are due before this time: RFC 3339. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false, example: '2026-11-23T10:00:00Z' })
  @MayBeOmitted()
  @IsInstant()
  send_at_to?: string;
}

/** An e-mail as a list shows it: nothing of whom it is to, or what it says. */
@ApiSchema({ name: 'EmailSummary' })
export class EmailSummaryDto {
  /** The e-mail's id. */
  @ApiProperty({ type: 'string', format: 'uuid', example: '01a202b2-ec10-8000-a3f1-5c0d9e7b1a24' })
  id!: string;

  /** As of `GET /emails/{id}`, but an e-mail that is just being sent is still `scheduled` or `retrying` here. */
  @ApiProperty({ enum: [...LISTED_EMAIL_STATUSES], example: 'failed' })
  status!: ListedEmailStatus;

  /** When it is due: RFC 3339 in UTC with milliseconds. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T10:00:10.000Z' })
  send_at!: string;

  /** When the next attempt is due; null once the e-mail has ended. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, example: null })
  next_attempt_at!: string | null;

  /** Attempts that have ended. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 1 })
  attempts!: number;

  /** Of a failed one, why: as of `GET /emails/{id}`. Else null. */
  @ApiProperty({ enum: [...FAILURE_REASONS, ...ATTEMPT_ERRORS], nullable: true, example: 'bounced' })
  reason!: EmailDto['reason'] | null;

  /** As they were given. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, example: { order: '4711' } })
  labels!: Record<string, string>;
}

@ApiSchema({ name: 'EmailPage' })
export class EmailPageDto extends PageDto(
  EmailSummaryDto,
  'Fewer than `limit`, even none, and still not the last page: a page looks at so many e-mails only.',
) {}

export function emailFilter({ status, label, send_at_from, send_at_to }: ListEmailsQuery): TimerFilter {
  const filter: TimerFilter = {};
  if (status) filter.statuses = [...new Set(status.map(timerStatus))];
  if (label) filter.labels = label.map(keyAndValue);
  if (send_at_from !== undefined) filter.dueFromMs = parseInstant(send_at_from);
  if (send_at_to !== undefined) filter.dueUntilMs = parseInstant(send_at_to);
  return filter;
}

export function emailSummary(line: TimerLine): EmailSummaryDto {
  const { id, status, dueMs, nextAttemptMs, attempts, labels = {}, failure } = line;
  const isToCome = status === 'scheduled' || status === 'retrying';
  return {
    ...{ id, status: emailStatus(status) },
    send_at: formatInstant(dueMs),
    next_attempt_at: isToCome ? formatInstant(nextAttemptMs) : null,
    attempts,
    reason: failureAnswer(failure).reason ?? null,
    labels,
  };
}
