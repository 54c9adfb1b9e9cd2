import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { BOOKING_MAIL_KINDS, BOOKING_MAIL_STATUSES, BOOKING_STATUSES } from '#contracts/booking.js';
import type { BookingMailKind, BookingMailStatus, BookingStatus } from '#contracts/booking.js';
import { PageDto } from '../http/page.dto.js';

const TIME = { type: 'string', format: 'date-time' } as const;
const TEXT = { type: 'string', nullable: true } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;

@ApiSchema({ name: 'BookingNotices' })
export class NoticesViewDto {
  /** So long before the start. */
  @ApiProperty({ type: 'array', items: { type: 'string' }, example: ['P1D', 'PT1H'] })
  reminders!: string[];

  /** So long after the end; null: there is none. */
  @ApiProperty({ ...TEXT, example: 'PT2H' })
  follow_up!: string | null;
}

@ApiSchema({ name: 'BookingOrganizerView' })
export class OrganizerViewDto {
  @ApiProperty({ ...TEXT, example: 'Salon Lovelace' })
  name!: string | null;

  /** @example salon@example.com */
  email!: string;
}

@ApiSchema({ name: 'BookingAttendeeView' })
export class AttendeeViewDto {
  @ApiProperty({ ...TEXT, example: 'Ada' })
  name!: string | null;

  /** @example ada@example.com */
  email!: string;

  /** Null: that of the booking. */
  @ApiProperty({ ...TEXT, example: 'America/New_York' })
  timezone!: string | null;

  /** Null: those of the booking. */
  @ApiProperty({ type: NoticesViewDto, nullable: true })
  notices!: NoticesViewDto | null;
}

/** One mail to one attendee: sent, or to be sent. */
@ApiSchema({ name: 'BookingMail' })
export class BookingMailDto {
  /** Before the `@` of its `Message-ID`, at every try. */
  @ApiProperty({ type: 'string', example: '7f0c2a4e-6a55-4c0e-9d5c-2f1f8f3a9b10.0.confirmation.0' })
  id!: string;

  /** The address that it goes to. */
  @ApiProperty({ type: 'string', example: 'ada@example.com' })
  attendee!: string;

  @ApiProperty({ enum: BOOKING_MAIL_KINDS, example: 'confirmation' })
  kind!: BookingMailKind;

  /** `SEQUENCE` of its calendar part. */
  @ApiProperty({ ...COUNT, example: 0 })
  sequence!: number;

  /**
   * - `waiting`: for its time
   * - `sending`: a try is under way
   * - `retrying`: a try has not ended well
   * - `sent`: the mail server has taken it
   * - `failed`: the mail server refused it for good, or too often
   * - `skipped`: it was not sent, and `reason` tells why
   */
  @ApiProperty({ enum: BOOKING_MAIL_STATUSES, example: 'sent' })
  status!: BookingMailStatus;

  /** When it is or was due. */
  @ApiProperty({ ...TIME, example: '2026-11-22T10:00:00.000Z' })
  due_at!: string;

  /** When it is tried again. */
  @ApiProperty({ ...TIME, nullable: true, example: null })
  next_try_at!: string | null;

  /** Tries that have ended. */
  @ApiProperty({ ...COUNT, example: 1 })
  tries!: number;

  @ApiProperty({ ...TIME, nullable: true, example: '2026-11-22T10:00:00.120Z' })
  ended_at!: string | null;

  /**
   * Why its latest try did not end well, in the words of the mail server; or `late` and `outdated` (nobody needs it any
   * more), `no-mail-server`, `lost` (with its worker: nobody knows whether it was sent), `internal`, or why the address
   * gets nothing: `bounced`, `opted-out`, `complained`, `manual`, `invalid`.
   */
  @ApiProperty({ ...TEXT, example: null })
  reason!: string | null;
}

/** A booking as it is listed. */
@ApiSchema({ name: 'BookingLine' })
export class BookingLineDto {
  @ApiProperty({ type: 'string', format: 'uuid', example: '7f0c2a4e-6a55-4c0e-9d5c-2f1f8f3a9b10' })
  id!: string;

  @ApiProperty({ enum: BOOKING_STATUSES, example: 'scheduled' })
  status!: BookingStatus;

  /** @example Haircut */
  title!: string;

  @ApiProperty({ ...TEXT, example: null })
  description!: string | null;

  @ApiProperty({ ...TEXT, example: 'St James’s Square 12' })
  location!: string | null;

  @ApiProperty({ ...TIME, example: '2027-03-28T09:00:00.000Z' })
  starts_at!: string;

  @ApiProperty({ ...TIME, example: '2027-03-28T09:30:00.000Z' })
  ends_at!: string;

  /** @example Europe/Berlin */
  timezone!: string;

  @ApiProperty({ type: OrganizerViewDto })
  organizer!: OrganizerViewDto;

  @ApiProperty({ type: [AttendeeViewDto] })
  attendees!: AttendeeViewDto[];

  @ApiProperty({ type: NoticesViewDto })
  notices!: NoticesViewDto;

  /** Changes so far: its `ETag`. */
  @ApiProperty({ ...COUNT, example: 0 })
  version!: number;

  /** Changes so far that concern invitations: `SEQUENCE` of RFC 5545. */
  @ApiProperty({ ...COUNT, example: 0 })
  sequence!: number;

  @ApiProperty({ ...TIME, example: '2026-11-22T10:00:00.000Z' })
  created_at!: string;

  @ApiProperty({ ...TIME, example: '2026-11-22T10:00:00.000Z' })
  changed_at!: string;
}

@ApiSchema({ name: 'Booking' })
export class BookingDto extends BookingLineDto {
  /**
   * What attendees were told and are to be told, the next due last. Of each attendee at most 30 that have ended. Null
   * while no worker is running, which alone could tell.
   */
  @ApiProperty({ type: [BookingMailDto], nullable: true })
  mails!: BookingMailDto[] | null;
}

@ApiSchema({ name: 'BookingPage' })
export class BookingPageDto extends PageDto(BookingLineDto, 'In no particular order.') {}
