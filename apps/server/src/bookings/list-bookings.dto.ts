import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { BOOKING_STATUSES } from '#contracts/booking.js';
import type { BookingStatus } from '#contracts/booking.js';
import { PageQuery } from '../http/page.dto.js';
import { IsInstant } from '../http/rfc3339.js';
import { ReadBy } from '../http/to-instance.js';
import { MayBeOmitted } from '../http/validation.js';

const STATUSES = { each: true, message: `must be of ${BOOKING_STATUSES.join(', ')}` };

/** Which bookings: those to which all that is given applies. */
export class ListBookingsQuery extends PageQuery {
  /** Only bookings in one of these statuses, separated by commas. */
  @ApiProperty({ type: 'array', items: { type: 'string', enum: [...BOOKING_STATUSES] }, required: false })
  @ReadBy((value) => [value].flat().flatMap((item) => (typeof item === 'string' ? item.split(',') : [item])))
  @MayBeOmitted()
  @IsIn(BOOKING_STATUSES, STATUSES)
  status?: BookingStatus[];

  /** Only bookings that end after this time: RFC 3339. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false })
  @MayBeOmitted()
  @IsInstant()
  from?: string;

  /** Only bookings that start before this time: RFC 3339. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false })
  @MayBeOmitted()
  @IsInstant()
  until?: string;
}
