import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString, Min } from 'class-validator';
import { MayBeOmitted } from '../http/validation.js';
import { DeliveryDto } from './delivery.dto.js';

const WHOLE_NUMBER = { message: 'must be a whole number ≥ 0' };
const PERIOD = { type: 'integer', minimum: 0, required: false } as const;
const DURATION = { message: 'must be an ISO 8601 duration such as PT10S or P1DT2H' };
export const DURATION_SCHEMA = {
  type: 'string',
  pattern: '^P(?=[0-9T])([0-9]+W)?([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+([.][0-9]{1,3})?S)?)?$',
  required: false,
} as const;
const TIME = { message: 'must be a time such as 2027-03-28T09:30:00Z' };

/** One delivery, and when: in exactly one way, or at once. */
export class TimedDeliveryDto extends DeliveryDto {
  /** Hours until the timer is due: a whole number ≥ 0. Hours, minutes and seconds are added up. */
  @ApiProperty(PERIOD)
  @MayBeOmitted()
  @IsInt(WHOLE_NUMBER)
  @Min(0, WHOLE_NUMBER)
  hours?: number;

  /** Minutes until the timer is due, on top of the hours: a whole number ≥ 0. */
  @ApiProperty(PERIOD)
  @MayBeOmitted()
  @IsInt(WHOLE_NUMBER)
  @Min(0, WHOLE_NUMBER)
  minutes?: number;

  /** Seconds until the timer is due, on top of hours and minutes: a whole number ≥ 0. */
  @ApiProperty(PERIOD)
  @MayBeOmitted()
  @IsInt(WHOLE_NUMBER)
  @Min(0, WHOLE_NUMBER)
  seconds?: number;

  /**
   * How long until the timer is due: an ISO 8601 duration of weeks, days (24 hours each), hours, minutes and seconds,
   * these with up to 3 decimals. Years and months are refused: they have no fixed length.
   */
  @ApiProperty(DURATION_SCHEMA)
  @MayBeOmitted()
  @IsString(DURATION)
  delay?: string;

  /**
   * When the timer is due: RFC 3339 with an offset or `Z`, or a local time without one, and then `timezone` says where.
   * A time that has passed is due at once.
   */
  @ApiProperty({
    type: 'string',
    pattern:
      '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?$',
    required: false,
  })
  @MayBeOmitted()
  @IsString(TIME)
  fire_at?: string;

  /**
   * Time zone of a local `fire_at`, by its IANA name. A time that clocks skip in spring moves forward by what they skip;
   * of a time that comes twice in autumn the earlier is meant.
   */
  @ApiProperty({ type: 'string', maxLength: 64, required: false })
  @MayBeOmitted()
  @IsString({ message: 'must be the IANA name of a time zone such as Europe/Berlin' })
  timezone?: string;

  /** No attempt is begun from then on; the timer ends `expired`. RFC 3339 with an offset or `Z`, after the due time. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false })
  @MayBeOmitted()
  @IsString(TIME)
  expires_at?: string;

  /** The same as an ISO 8601 duration from now; longer than the time until the timer is due. */
  @ApiProperty(DURATION_SCHEMA)
  @MayBeOmitted()
  @IsString(DURATION)
  expires_in?: string;
}
