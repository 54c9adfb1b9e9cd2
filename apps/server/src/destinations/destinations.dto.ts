import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { PageDto } from '../http/page.dto.js';
import { FlowLimitsDto } from '../timers/delivery.dto.js';

const DESTINATION_STATES = ['healthy', 'slowed', 'paused'] as const;

const TIME = { type: 'string', format: 'date-time', nullable: true } as const;

/** Limits for all that goes to a destination, kept across all workers. At least one of rate and parallelism. */
@ApiSchema({ name: 'DestinationFlow' })
export class DestinationFlowDto extends FlowLimitsDto {}

/** Where timers go: a host of their urls, with its port where one is written. */
@ApiSchema({ name: 'Destination' })
export class DestinationDto {
  /** With its port where one is written in the urls. */
  @ApiProperty({ example: 'hooks.example.com' })
  host!: string;

  /**
   * - `healthy`: nothing is known against it
   * - `slowed`: it fails; fewer requests go to it at a time, with pauses in between
   * - `paused`: it has failed for long, or was paused by `POST /destinations/{host}/pause`; nothing goes to it but a
   *   probe now and then, which is a delivery that is due. Deliveries wait, and cost no attempt
   */
  @ApiProperty({ enum: DESTINATION_STATES, enumName: 'DestinationState', example: 'paused' })
  state!: (typeof DESTINATION_STATES)[number];

  /** When it came into this state; null while it is healthy. */
  @ApiProperty({ ...TIME, example: '2026-11-22T10:40:00.000Z' })
  since!: string | null;

  /** Failed attempts since its last success: no answer, 408, 429 or 5xx. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 42 })
  consecutive_failures!: number;

  /** When the first of these was; null if there are none. */
  @ApiProperty({ ...TIME, example: '2026-11-22T10:09:58.120Z' })
  failing_since!: string | null;

  /** What came of the last failed attempt: a status code, or the class of an error such as `timeout`. */
  @ApiProperty({ type: 'string', nullable: true, example: 'timeout' })
  last_error!: string | null;

  /** When that was. */
  @ApiProperty({ ...TIME, example: '2026-11-22T10:39:59.870Z' })
  last_failure_at!: string | null;

  /** It asked, by `Retry-After`, for nothing before this time. */
  @ApiProperty({ ...TIME, example: null })
  not_before!: string | null;

  /** From then on one delivery that is due is sent to see how it is. Null unless paused, and if paused by a client. */
  @ApiProperty({ ...TIME, example: '2026-11-22T10:45:00.000Z' })
  next_probe_at!: string | null;
}

@ApiSchema({ name: 'DestinationPage' })
export class DestinationPageDto extends PageDto(DestinationDto, 'Those that are not healthy, in no order.') {}
