import { ApiProperty, ApiSchema, PickType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsString,
  Matches,
  MaxLength,
} from 'class-validator';
import { BOOKING_EVENT_TYPES } from '#contracts/booking.js';
import type { BookingEventType } from '#contracts/booking.js';
import { MAX_URL_LENGTH } from '#contracts/webhook-url.js';
import { PageDto } from '../http/page.dto.js';
import { MayBeOmitted } from '../http/validation.js';
import { RotateSigningSecretDto } from '../signing-secrets/signing-secrets.dto.js';
import { WEB_URL_PATTERN } from '../timers/delivery.dto.js';

const MAX_DESCRIPTION = 200;
const DESCRIPTION = { message: `must be a text of at most ${MAX_DESCRIPTION} characters without NUL` };
const ID = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const EVENTS = { message: `must be a list of ${BOOKING_EVENT_TYPES.join(', ')}` };
const URL_SCHEMA = {
  type: 'string' as const,
  ...{ pattern: WEB_URL_PATTERN, maxLength: MAX_URL_LENGTH, example: 'https://example.com/hooks' },
};
const EVENTS_SCHEMA = {
  type: 'array' as const,
  ...{ items: { type: 'string', enum: [...BOOKING_EVENT_TYPES] }, maxItems: BOOKING_EVENT_TYPES.length },
  ...{ uniqueItems: true, example: ['booking.created', 'booking.cancelled'] },
};

/** What an endpoint wants, but for its url. */
class EndpointFields {
  /** The events that it is told; an empty list: all of them. Default: all of them. */
  @ApiProperty({ ...EVENTS_SCHEMA, required: false })
  @MayBeOmitted()
  @IsArray(EVENTS)
  @ArrayMaxSize(BOOKING_EVENT_TYPES.length, EVENTS)
  @ArrayUnique(EVENTS)
  @IsIn(BOOKING_EVENT_TYPES, { each: true, ...EVENTS })
  events?: BookingEventType[];

  /** For whoever reads the list: at most 200 characters. Default: none. */
  @ApiProperty({
    type: 'string',
    maxLength: MAX_DESCRIPTION,
    required: false,
    example: 'Calendar of the shop',
  })
  @MayBeOmitted()
  @IsString(DESCRIPTION)
  @MaxLength(MAX_DESCRIPTION, DESCRIPTION)
  // What the database can store, and gives back as it was.
  @Matches(/^[^\0\ud800-\udfff]*$/u, DESCRIPTION)
  description?: string;

  /** Whether it is told anything. Default: true. */
  @ApiProperty({ type: 'boolean', required: false, example: true })
  @MayBeOmitted()
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;
}

@ApiSchema({ name: 'CreateWebhookEndpoint' })
export class CreateWebhookEndpointDto extends EndpointFields {
  /** Where events are delivered. */
  @ApiProperty(URL_SCHEMA)
  @IsString({ message: 'must be an absolute http:// or https:// URL' })
  url!: string;
}

/** What is to be different; what is not named stays. */
@ApiSchema({ name: 'ChangeWebhookEndpoint' })
export class ChangeWebhookEndpointDto extends EndpointFields {
  /** Where events are delivered. */
  @ApiProperty({ ...URL_SCHEMA, required: false })
  @MayBeOmitted()
  @IsString({ message: 'must be an absolute http:// or https:// URL' })
  url?: string;
}

@ApiSchema({ name: 'RotateEndpointSecret' })
export class RotateEndpointSecretDto extends PickType(RotateSigningSecretDto, ['overlap_seconds']) {}

@ApiSchema({ name: 'WebhookEndpoint' })
export class WebhookEndpointDto {
  @ApiProperty({ type: 'string', format: 'uuid', example: ID })
  id!: string;

  @ApiProperty(URL_SCHEMA)
  url!: string;

  /** Empty: all of them. */
  @ApiProperty(EVENTS_SCHEMA)
  events!: string[];

  @ApiProperty({ type: 'string', nullable: true, example: 'Calendar of the shop' })
  description!: string | null;

  /** @example true */
  enabled!: boolean;

  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T10:00:00.000Z' })
  created_at!: string;
}

@ApiSchema({ name: 'NewWebhookEndpoint' })
export class NewWebhookEndpointDto extends WebhookEndpointDto {
  /** What its deliveries are signed with, by Standard Webhooks: shown now and never again. */
  @ApiProperty({ type: 'string', example: 'whsec_…' })
  secret!: string;
}

@ApiSchema({ name: 'TestDelivery' })
export class TestDeliveryDto {
  /** `GET /timers/:id` and `/timers/:id/attempts` tell what became of it. */
  @ApiProperty({ type: 'string', format: 'uuid', example: '01a202b2-ec10-8000-a3f1-5c0d9e7b1a24' })
  timer_id!: string;
}

@ApiSchema({ name: 'WebhookEndpointPage' })
export class WebhookEndpointPageDto extends PageDto(WebhookEndpointDto, 'The youngest first.') {}
