import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { ArrayMaxSize, IsIn, IsString, Matches, MaxLength } from 'class-validator';
import type { TimerFilter } from '#contracts/timer-filter.js';
import { destinationHost } from '../destinations/host.pipe.js';
import { IsInstant, parseInstant } from '../http/rfc3339.js';
import { ReadBy } from '../http/to-instance.js';
import { MayBeOmitted } from '../http/validation.js';

/** What a list can tell apart. Whether a timer is just being dispatched only `GET /timers/:id` can say. */
export const LISTED_STATUSES = [
  'scheduled',
  'retrying',
  'delivered',
  'failed',
  'canceled',
  'expired',
] as const;
export type ListedStatus = (typeof LISTED_STATUSES)[number];

const STATUSES = { each: true, message: `must be of ${LISTED_STATUSES.join(', ')}` };
const LABEL = { each: true, message: 'must be key:value' };
const MAX_LABELS = 16;
const MAX_HOST_LENGTH = 260;
const MAX_SCHEDULE_ID_LENGTH = 100;

/** Which timers. Those to which all that is given applies. */
@ApiSchema({ name: 'TimerFilter' })
export class TimerFilterDto {
  /**
   * Only timers in one of these statuses, separated by commas. A list tells `scheduled` or `retrying` of a timer whose
   * attempt is under way; `GET /timers/{id}` tells `dispatching`.
   */
  @ApiProperty({
    type: 'array',
    items: { type: 'string', enum: [...LISTED_STATUSES] },
    required: false,
    example: ['failed', 'expired'],
  })
  @ReadBy((value) => listOf(value, ','))
  @MayBeOmitted()
  @IsIn(LISTED_STATUSES, STATUSES)
  status?: ListedStatus[];

  /** Only timers with this label, as `key:value`. Given more than once, with all of these labels. */
  @ApiProperty({
    type: 'array',
    items: { type: 'string', pattern: '^[^:]+:' },
    maxItems: MAX_LABELS,
    required: false,
    example: ['order:1042'],
  })
  @ReadBy((value) => listOf(value))
  @MayBeOmitted()
  @ArrayMaxSize(MAX_LABELS, { message: `must be at most ${MAX_LABELS} labels` })
  @Matches(/^[^:]+:/, LABEL)
  label?: string[];

  /** Only timers to this host; with its port where that is not the usual one of the url. */
  @ApiProperty({ maxLength: MAX_HOST_LENGTH, required: false, example: 'example.com' })
  @MayBeOmitted()
  @IsString({ message: 'must be a host' })
  @MaxLength(MAX_HOST_LENGTH, { message: `must be at most ${MAX_HOST_LENGTH} characters` })
  host?: string;

  /** Only timers that are due at this time or later: RFC 3339. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false, example: '2026-11-22T10:00:00Z' })
  @MayBeOmitted()
  @IsInstant()
  fire_at_from?: string;

  /** Only timers that are due before this time: RFC 3339. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false, example: '2026-11-23T10:00:00Z' })
  @MayBeOmitted()
  @IsInstant()
  fire_at_to?: string;

  /** Only runs of this schedule. */
  @ApiProperty({ maxLength: MAX_SCHEDULE_ID_LENGTH, required: false })
  @MayBeOmitted()
  @IsString({ message: 'must be the id of a schedule' })
  @MaxLength(MAX_SCHEDULE_ID_LENGTH, { message: `must be at most ${MAX_SCHEDULE_ID_LENGTH} characters` })
  schedule_id?: string;
}

export function filterOf({ status, label, host, fire_at_from, fire_at_to, schedule_id }: TimerFilterDto) {
  const filter: TimerFilter = {};
  if (status) filter.statuses = [...new Set(status)];
  if (label) filter.labels = label.map(keyAndValue);
  if (host !== undefined) filter.host = destinationHost(host);
  if (fire_at_from !== undefined) filter.dueFromMs = parseInstant(fire_at_from);
  if (fire_at_to !== undefined) filter.dueUntilMs = parseInstant(fire_at_to);
  if (schedule_id !== undefined) filter.scheduleId = schedule_id;
  return filter;
}

/** A parameter that may be given once, several times, or with several values at once. */
export function listOf(value: unknown, separator?: string): unknown {
  return [value].flat().flatMap((item) => {
    return typeof item === 'string' && separator ? item.split(separator) : [item];
  });
}

export function keyAndValue(label: string): [key: string, value: string] {
  const colon = label.indexOf(':');
  return [label.slice(0, colon), label.slice(colon + 1)];
}
