import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiSchema, PartialType } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsString, Matches, MaxLength, MinLength, ValidateIf } from 'class-validator';
import { MAX_ATTENDEES, MAX_REMINDERS } from '#contracts/booking.js';
import { IsInstant } from '../http/rfc3339.js';
import { MayBeOmitted, Nested, NestedList } from '../http/validation.js';
import { DURATION_SCHEMA } from '../timers/timed-delivery.dto.js';

const MAX_TITLE = 200;
const MAX_TEXT = 2_000;
const MAX_NAME = 100;
/** Half characters (Cs) are none. */
const ONE_LINE = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u;
/** Line feeds and tabs beside what is printed. */
const LINES = /^(?:[^\p{Cc}\p{Cs}]|[\n\r\t])*$/u;
const DURATION = { message: 'must be an ISO 8601 duration such as PT1H or P1D' };
const { required: _, ...DURATION_ITEM } = DURATION_SCHEMA;

/** The field is a text of one line. */
const Line = (max: number, min = 0): PropertyDecorator =>
  applyDecorators(
    IsString({ message: 'must be a text' }),
    MinLength(min, { message: 'must not be empty' }),
    MaxLength(max, { message: `must be at most ${max} characters` }),
    Matches(ONE_LINE, { message: 'must be one line without control or half characters' }),
  );

const Email = (): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: 'string', format: 'email', maxLength: 254, example: 'ada@example.com' }),
    IsString({ message: 'must be an e-mail address such as ada@example.com' }),
  );

const Zone = ({ required }: { required: boolean }): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: 'string', maxLength: 64, required, example: 'Europe/Berlin' }),
    IsString({ message: 'must be the IANA name of a time zone such as Europe/Berlin' }),
  );

/** When attendees are reminded, and written to afterwards. */
@ApiSchema({ name: 'BookingNoticePlan' })
export class NoticePlanDto {
  /** So long before the start a reminder goes out: at most 10 ISO 8601 durations. Default: a day and an hour. */
  @ApiProperty({
    ...{ type: 'array', items: DURATION_ITEM, maxItems: MAX_REMINDERS, required: false },
    example: ['P1D', 'PT1H'],
  })
  @MayBeOmitted()
  @IsArray({ message: 'must be a list of ISO 8601 durations' })
  @ArrayMaxSize(MAX_REMINDERS, { message: `must be at most ${MAX_REMINDERS}` })
  @IsString({ each: true, ...DURATION })
  reminders?: string[];

  /** So long after the end a follow-up goes out: an ISO 8601 duration; null for none. Default: an hour. */
  @ApiProperty({ ...DURATION_SCHEMA, nullable: true, example: 'PT1H' })
  @MayBeOmitted()
  @ValidateIf((_object, value) => value !== undefined && value !== null)
  @IsString(DURATION)
  follow_up?: string | null;
}

@ApiSchema({ name: 'BookingOrganizer' })
export class OrganizerDto {
  /** At most 100 characters. */
  @ApiProperty({ type: 'string', maxLength: MAX_NAME, required: false, example: 'Salon Lovelace' })
  @MayBeOmitted()
  @Line(MAX_NAME)
  name?: string;

  /** Replies to the mails go there. */
  @Email()
  email!: string;
}

@ApiSchema({ name: 'BookingAttendee' })
export class AttendeeDto {
  /** At most 100 characters. */
  @ApiProperty({ type: 'string', maxLength: MAX_NAME, required: false, example: 'Ada' })
  @MayBeOmitted()
  @Line(MAX_NAME)
  name?: string;

  @Email()
  email!: string;

  /** IANA name of the zone that this attendee is told times in. Default: that of the booking. */
  @Zone({ required: false })
  @MayBeOmitted()
  timezone?: string;

  /** Default: those of the booking; what they leave out is taken from those, too. */
  @ApiProperty({ type: NoticePlanDto, required: false })
  @MayBeOmitted()
  @Nested(NoticePlanDto)
  notices?: NoticePlanDto;
}

/** An appointment of which attendees are told by e-mail. */
@ApiSchema({ name: 'CreateBooking' })
export class CreateBookingDto {
  /** One line of 1 to 200 characters. */
  @ApiProperty({ type: 'string', minLength: 1, maxLength: MAX_TITLE, example: 'Haircut' })
  @Line(MAX_TITLE, 1)
  title!: string;

  /** At most 2,000 characters. Default: none. */
  @ApiProperty({
    type: 'string',
    maxLength: MAX_TEXT,
    required: false,
    example: 'Please come with dry hair.',
  })
  @MayBeOmitted()
  @IsString({ message: 'must be a text' })
  @MaxLength(MAX_TEXT, { message: `must be at most ${MAX_TEXT} characters` })
  @Matches(LINES, { message: 'must not have control or half characters' })
  description?: string;

  /** Where it takes place: one line of at most 200 characters, such as an address or a link. Default: none. */
  @ApiProperty({ type: 'string', maxLength: MAX_TITLE, required: false, example: 'St James’s Square 12' })
  @MayBeOmitted()
  @Line(MAX_TITLE)
  location?: string;

  /** When it begins: RFC 3339 with an offset. May be past. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2027-03-28T09:00:00Z' })
  @IsInstant()
  starts_at!: string;

  /** When it ends, after it has begun. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2027-03-28T09:30:00Z' })
  @IsInstant()
  ends_at!: string;

  /** IANA name of the zone that attendees are told times in who have none of their own. */
  @Zone({ required: true })
  timezone!: string;

  @ApiProperty({ type: OrganizerDto })
  @Nested(OrganizerDto)
  organizer!: OrganizerDto;

  /** Who is told: at most 50, none of them twice. The organizer is told only if among them. */
  @ApiProperty({ type: [AttendeeDto], maxItems: MAX_ATTENDEES })
  @NestedList(AttendeeDto, MAX_ATTENDEES)
  attendees!: AttendeeDto[];

  /** When attendees are reminded, and written to afterwards. */
  @ApiProperty({ type: NoticePlanDto, required: false })
  @MayBeOmitted()
  @Nested(NoticePlanDto)
  notices?: NoticePlanDto;
}

/** What is to be different. `null` takes `description` and `location` away, and brings `notices` back to their default. */
@ApiSchema({ name: 'ChangeBooking' })
export class ChangeBookingDto extends PartialType(CreateBookingDto) {}

export const BOOKING_EXAMPLE = {
  title: 'Haircut',
  starts_at: '2027-03-28T09:00:00Z',
  ends_at: '2027-03-28T09:30:00Z',
  timezone: 'Europe/Berlin',
  location: 'St James’s Square 12',
  organizer: { name: 'Salon Lovelace', email: 'salon@example.com' },
  attendees: [{ name: 'Ada', email: 'ada@example.com', timezone: 'America/New_York' }],
  notices: { reminders: ['P1D', 'PT1H'], follow_up: 'PT2H' },
};
