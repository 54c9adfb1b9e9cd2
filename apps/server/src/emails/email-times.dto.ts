import { ApiProperty } from '@nestjs/swagger';
import { IsString, Matches, MaxLength } from 'class-validator';
import { IsInstant } from '../http/rfc3339.js';
import { MayBeOmitted } from '../http/validation.js';
import { DURATION_SCHEMA } from '../timers/timed-delivery.dto.js';

/** With an offset, or local. */
const TIME_PATTERN =
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?$';
const DURATION = { message: 'must be an ISO 8601 duration such as PT10S or P1DT2H' };
const ZONE = { message: 'must be the IANA name of a time zone such as Europe/Berlin' };
const TIME = { message: 'must be a time such as 2027-03-28T09:30:00Z' };

/** When an e-mail is sent, and from when on nobody wants it. */
export class EmailTimesDto {
  /**
   * When it is sent: RFC 3339 with an offset or `Z`, or a local time without one, and then `timezone` says where. A time
   * that has passed is at once. Default: at once.
   */
  @ApiProperty({
    type: 'string',
    pattern: TIME_PATTERN,
    required: false,
    example: '2031-03-30T09:30:00+02:00',
  })
  @MayBeOmitted()
  @Matches(new RegExp(TIME_PATTERN), TIME)
  send_at?: string;

  /**
   * Time zone of a local `send_at`, by its IANA name. A time that clocks skip in spring moves forward by what they skip;
   * of a time that comes twice in autumn the earlier is meant.
   */
  @ApiProperty({ type: 'string', maxLength: 64, required: false })
  @MayBeOmitted()
  @IsString(ZONE)
  @MaxLength(64, ZONE)
  timezone?: string;

  /** How long until it is sent, instead of `send_at`: an ISO 8601 duration of weeks, days, hours, minutes and seconds. */
  @ApiProperty(DURATION_SCHEMA)
  @MayBeOmitted()
  @Matches(new RegExp(DURATION_SCHEMA.pattern), DURATION)
  delay?: string;

  /** No attempt is begun from then on; the e-mail ends `expired`. RFC 3339 with an offset or `Z`, after it is due. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false, example: '2031-03-30T12:00:00Z' })
  @MayBeOmitted()
  @IsInstant()
  kill_at?: string;
}
