import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import {
  Allow,
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBase64,
  IsIn,
  IsObject,
  IsString,
  Length,
  Matches,
  MaxLength,
} from 'class-validator';
import { WEBHOOK_METHODS } from '#contracts/delivery.js';
import type { WebhookMethod } from '#contracts/delivery.js';
import { MAX_URL_LENGTH } from '#contracts/webhook-url.js';
import { IsDecimal, IsWhole, MayBeOmitted, Nested } from '../http/validation.js';
import { MAX_LABELS } from './labels.js';
import { MAX_HEADERS } from './request-headers.js';

export const MAX_ATTEMPTS = 20;
const MAX_RETRY_DELAY_SECONDS = 2_592_000;
const MAX_TIMEOUT_SECONDS = 300;
const MAX_STATUSES = 32;
const MAX_FACTOR = 10;
const MAX_RATE = 100_000;
const MAX_PARALLELISM = 10_000;

/** RFC 9110 §8.3.1. */
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:[\t ]*;[\t\x20-\x7e]*)?$/;
export const WEB_URL_PATTERN = '^[hH][tT][tT][pP][sS]?://[^/?#]+';

const DELAYS = { message: `must be a list of 1 to ${MAX_ATTEMPTS - 1} delays` };
const STATUSES = { message: `must be a list of 1 to ${MAX_STATUSES} statuses` };
const URL = { message: 'must be an absolute http:// or https:// URL' };
const KEY = { message: 'must be 1 to 128 characters' };
const BASE64 = { message: 'must be base64 with padding' };
const CONTENT_TYPE = { message: 'must be a media type such as text/plain; charset=utf-8' };

/** The schema of any JSON value. */
export const ANY_JSON = {
  anyOf: [
    { type: 'object', additionalProperties: true },
    { type: 'array', items: {} },
    { type: 'string' },
    { type: 'number' },
    { type: 'boolean' },
    { type: 'null' },
  ],
};

/** When a failed attempt is followed by another: by a list of delays, or by delays that grow. */
@ApiSchema({ name: 'Retry' })
export class RetryDto {
  /**
   * Attempts in all, the first included: 1 to 20. Default: one more than there are delays, 8 where they grow. A list
   * that is too short for them goes on with its last delay.
   */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_ATTEMPTS, required: false, example: 4 })
  @MayBeOmitted()
  @IsWhole(1, MAX_ATTEMPTS)
  max_attempts?: number;

  /**
   * Seconds from the end of a failed attempt to the next one, each from 0 to 2,592,000 with up to 3 decimals. Default:
   * the server's plan (5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h).
   */
  @ApiProperty({
    type: 'array',
    items: { type: 'number', minimum: 0, maximum: MAX_RETRY_DELAY_SECONDS },
    minItems: 1,
    maxItems: MAX_ATTEMPTS - 1,
    required: false,
    example: [5, 60, 600],
  })
  @MayBeOmitted()
  @IsArray(DELAYS)
  @ArrayMinSize(1, DELAYS)
  @ArrayMaxSize(MAX_ATTEMPTS - 1, DELAYS)
  @IsDecimal(0, MAX_RETRY_DELAY_SECONDS, { each: true })
  delays_seconds?: number[];

  /** Seconds to the second attempt, where delays grow: 0 to 2,592,000. Default 5. */
  @ApiProperty({ type: 'number', minimum: 0, maximum: MAX_RETRY_DELAY_SECONDS, required: false })
  @MayBeOmitted()
  @IsDecimal(0, MAX_RETRY_DELAY_SECONDS)
  initial_delay_seconds?: number;

  /** Each delay is the one before times this: 1 to 10. Default 2. */
  @ApiProperty({ type: 'number', minimum: 1, maximum: MAX_FACTOR, required: false })
  @MayBeOmitted()
  @IsDecimal(1, MAX_FACTOR)
  factor?: number;

  /** No delay grows over so many seconds: 0 to 2,592,000. Default 36,000. */
  @ApiProperty({ type: 'number', minimum: 0, maximum: MAX_RETRY_DELAY_SECONDS, required: false })
  @MayBeOmitted()
  @IsDecimal(0, MAX_RETRY_DELAY_SECONDS)
  max_delay_seconds?: number;
}

/** How much may go out: a rate, a parallelism or both. */
export class FlowLimitsDto {
  /** Attempts that begin within one period, evenly spread: 1 to 100,000. Default: any number. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_RATE, required: false, example: 10 })
  @MayBeOmitted()
  @IsWhole(1, MAX_RATE)
  rate?: number;

  /** Of the rate: an ISO 8601 duration from 1 s to 1 week. Default `PT1S`. */
  @ApiProperty({ type: 'string', format: 'duration', required: false, example: 'PT1S' })
  @MayBeOmitted()
  @IsString({ message: 'must be an ISO 8601 duration from PT1S to P1W' })
  period?: string;

  /** Attempts that are under way at a time: 1 to 10,000. Default: any number. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_PARALLELISM, required: false, example: 2 })
  @MayBeOmitted()
  @IsWhole(1, MAX_PARALLELISM)
  parallelism?: number;
}

/** All timers with the same key together begin no more attempts than this. A rate, a parallelism or both. */
@ApiSchema({ name: 'Flow' })
export class FlowDto extends FlowLimitsDto {
  /** What the limits are shared by: 1 to 128 characters. */
  @ApiProperty({ type: 'string', minLength: 1, maxLength: 128, example: 'crm' })
  @IsString(KEY)
  @Length(1, 128, KEY)
  key!: string;
}

/** What is sent, and what counts as having arrived: whatever sends a webhook can be told all of this. */
export class DeliveryDto {
  /** Default `POST`. */
  @ApiProperty({ enum: WEBHOOK_METHODS, enumName: 'WebhookMethod', default: 'POST', required: false })
  @MayBeOmitted()
  @IsIn(WEBHOOK_METHODS, { message: `must be one of ${WEBHOOK_METHODS.join(', ')}` })
  method?: WebhookMethod;

  /**
   * Headers of the request, by name: at most 32, and 8 KiB of names and values together. Refused are those that belong
   * to the connection or to the sender: `host`, `content-length`, `transfer-encoding`, `connection`, `keep-alive`, `te`,
   * `trailer`, `upgrade`, `expect`, `proxy-*`, `webhook-*`, `forwarded`, `x-forwarded-*`, `x-real-ip`, `cookie`,
   * `accept-encoding`, `http2-settings`. Default: none.
   */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    maxProperties: MAX_HEADERS,
    selfRequired: false,
    example: { authorization: 'Bearer 5ab1' },
  })
  @MayBeOmitted()
  @IsObject({ message: 'must be an object of header names and texts' })
  headers?: Record<string, string>;

  /**
   * Any JSON value. Sent as its JSON text, the same bytes at every attempt, as `application/json` unless another content
   * type is given. Default: an empty body.
   */
  @ApiProperty({ ...ANY_JSON, required: false, example: { order: 4711 } })
  @Allow()
  body?: unknown;

  /** The body as bytes, in base64 with padding, instead of `body`. */
  @ApiProperty({ type: 'string', contentEncoding: 'base64', required: false } as object)
  @MayBeOmitted()
  @IsString(BASE64)
  @IsBase64({ urlSafe: false }, BASE64)
  body_base64?: string;

  /**
   * The body's `content-type`: a short form of that header. Default `application/json`, with `body_base64`
   * `application/octet-stream`.
   */
  @ApiProperty({ type: 'string', maxLength: 256, required: false, example: 'application/json' })
  @MayBeOmitted()
  @IsString(CONTENT_TYPE)
  @MaxLength(256, { message: 'must be at most 256 characters' })
  @Matches(MEDIA_TYPE, CONTENT_TYPE)
  content_type?: string;

  /** Seconds that one request may take in all: 1 to 300. Default: the server's limit (30). */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_TIMEOUT_SECONDS, required: false, example: 30 })
  @MayBeOmitted()
  @IsWhole(1, MAX_TIMEOUT_SECONDS)
  timeout_seconds?: number;

  /** When a failed attempt is followed by another. Default: the server's plan. Each delay is spread by ±20 %. */
  @ApiProperty({ type: RetryDto, required: false })
  @MayBeOmitted()
  @Nested(RetryDto)
  retry?: RetryDto;

  /**
   * At most 16 texts of at most 256 characters, by names of at most 64 letters, digits, dots, dashes and underscores.
   * They are not sent. Default: none.
   */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', maxLength: 256 },
    maxProperties: MAX_LABELS,
    selfRequired: false,
    example: { team: 'billing' },
  })
  @MayBeOmitted()
  @IsObject({ message: 'must be an object of names and texts' })
  labels?: Record<string, string>;

  /** Statuses that count as delivered: 1 to 32, each from 200 to 599. Default: every 2xx. */
  @ApiProperty({
    type: 'array',
    items: { type: 'integer', minimum: 200, maximum: 599 },
    minItems: 1,
    maxItems: MAX_STATUSES,
    required: false,
    example: [200, 202, 409],
  })
  @MayBeOmitted()
  @IsArray(STATUSES)
  @ArrayMinSize(1, STATUSES)
  @ArrayMaxSize(MAX_STATUSES, STATUSES)
  @IsWhole(200, 599, { each: true })
  success_statuses?: number[];

  /** A url that is told when the timer is delivered: the rules of `url` hold. Default: nobody is told. */
  @ApiProperty({ type: 'string', pattern: WEB_URL_PATTERN, maxLength: MAX_URL_LENGTH, required: false })
  @MayBeOmitted()
  @IsString(URL)
  on_success?: string;

  /** A url that is told when the timer has failed or expired: the rules of `url` hold. Default: nobody is told. */
  @ApiProperty({ type: 'string', pattern: WEB_URL_PATTERN, maxLength: MAX_URL_LENGTH, required: false })
  @MayBeOmitted()
  @IsString(URL)
  on_failure?: string;

  /** Limits that all timers with the same key share. Default: none. */
  @ApiProperty({ type: FlowDto, required: false })
  @MayBeOmitted()
  @Nested(FlowDto)
  flow?: FlowDto;
}

/** By name, as far as `DeliveryDto` goes. */
const IS_OF_DELIVERY: Record<keyof DeliveryDto, true> = {
  ...{
    method: true,
    headers: true,
    body: true,
    body_base64: true,
    content_type: true,
    timeout_seconds: true,
  },
  ...{ retry: true, labels: true, success_statuses: true, on_success: true, on_failure: true, flow: true },
};
export const DELIVERY_FIELDS = Object.keys(IS_OF_DELIVERY) as (keyof DeliveryDto)[];
