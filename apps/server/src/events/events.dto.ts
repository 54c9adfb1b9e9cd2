import { ApiProperty, ApiSchema } from '@nestjs/swagger';

const ID = '01a202b2-ec10-8000-a3f1-5c0d9e7b1a24';
const EVENT_TYPES = [
  'timer.scheduled',
  'timer.delivered',
  'timer.failed',
  'timer.canceled',
  'timer.expired',
] as const;
const EVENT_STATUSES = ['scheduled', 'delivered', 'failed', 'canceled', 'expired'] as const;

/** The timer that an event is about. */
@ApiSchema({ name: 'EventTimer' })
export class EventTimerDto {
  /** The timer's id. */
  @ApiProperty({ type: 'string', format: 'uuid', example: ID })
  id!: string;

  /** The status that the event tells of. */
  @ApiProperty({ enum: [...EVENT_STATUSES], example: 'delivered' })
  status!: (typeof EVENT_STATUSES)[number];

  /** The host of its url, with its port where the url has one. */
  @ApiProperty({ example: 'example.com' })
  host!: string;

  /** When the timer is due. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T10:00:10.000Z' })
  fire_at!: string;

  /** Attempts that have ended. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 1 })
  attempts!: number;

  /** Labels that the timer was set with. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, example: { order: '1042' } })
  labels!: Record<string, string>;

  /** The schedule that it is a run of. */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  schedule_id!: string | null;
}

@ApiSchema({ name: 'Event' })
export class EventDto {
  /** What happened; also the `event` of the server-sent event. */
  @ApiProperty({ enum: [...EVENT_TYPES], example: 'timer.delivered' })
  type!: (typeof EVENT_TYPES)[number];

  /** When it was known that it had happened. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T10:00:10.045Z' })
  timestamp!: string;

  /** The timer. */
  data!: EventTimerDto;
}

const EXAMPLE: EventDto = {
  type: 'timer.delivered',
  timestamp: '2026-11-22T10:00:10.045Z',
  data: {
    ...{ id: ID, status: 'delivered', host: 'example.com', fire_at: '2026-11-22T10:00:10.000Z', attempts: 1 },
    ...{ labels: { order: '1042' }, schedule_id: null },
  },
};

export const EVENT_EXAMPLE = `retry: 1000

id: 1795341610045-${ID}-delivered
event: timer.delivered
data: ${JSON.stringify(EXAMPLE)}

: nothing new

`;
