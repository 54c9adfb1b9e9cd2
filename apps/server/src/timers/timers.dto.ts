import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { WEBHOOK_METHODS } from '#contracts/delivery.js';
import type { WebhookMethod } from '#contracts/delivery.js';
import { MAX_URL_LENGTH } from '#contracts/webhook-url.js';
import { ANY_JSON, FlowDto } from './delivery.dto.js';
import { TimedDeliveryDto } from './timed-delivery.dto.js';

export const TIMER_STATUSES = [
  'scheduled',
  'dispatching',
  'retrying',
  'delivered',
  'failed',
  'canceled',
  'expired',
  'purged',
] as const;

export const EXAMPLE = { seconds: 10, url: 'https://example.com/hooks/{id}' };

/** One request for each thing that there is to say. */
export const CREATE_EXAMPLES = {
  tenSeconds: { summary: 'In ten seconds', value: EXAMPLE },
  delay: { summary: 'In a day and a half', value: { delay: 'P1DT12H', url: EXAMPLE.url } },
  instant: {
    summary: 'At a time',
    value: { fire_at: '2031-03-30T09:30:00+02:00', url: EXAMPLE.url },
  },
  expiry: {
    summary: 'In an hour, and not any more in two',
    value: { delay: 'PT1H', expires_in: 'PT2H', url: EXAMPLE.url },
  },
  local: {
    summary: 'At a local time',
    value: { fire_at: '2031-03-30T09:30:00', timezone: 'Europe/Berlin', url: EXAMPLE.url },
  },
  request: {
    summary: 'A request of your own',
    value: {
      delay: 'PT1H',
      url: EXAMPLE.url,
      method: 'PUT',
      headers: { authorization: 'Bearer 5ab1' },
      body: { order: 4711 },
      timeout_seconds: 10,
      success_statuses: [200, 202, 409],
    },
  },
  bytes: {
    summary: 'Bytes',
    value: { delay: 'PT1H', url: EXAMPLE.url, body_base64: 'SGVsbG8=', content_type: 'text/plain' },
  },
  retries: {
    summary: 'A retry plan, labels, and who is told how it ended',
    value: {
      url: EXAMPLE.url,
      retry: { max_attempts: 6, initial_delay_seconds: 10, factor: 3, max_delay_seconds: 3600 },
      labels: { team: 'billing' },
      on_success: 'https://example.com/delivered',
      on_failure: 'https://example.com/failed',
    },
  },
  flow: {
    summary: 'Ten per second and two at a time, with all others of this key',
    value: { url: EXAMPLE.url, flow: { key: 'crm', rate: 10, period: 'PT1S', parallelism: 2 } },
  },
};

/** What is to be sent, where and when. Without a time it is sent at once. */
@ApiSchema({ name: 'CreateTimer' })
export class CreateTimerDto extends TimedDeliveryDto {
  /**
   * Where the request is sent: an absolute http or https URL without user name and password. `{id}` in its path or
   * query is replaced by the timer's id; everything else is sent as it is written.
   */
  @ApiProperty({
    type: 'string',
    format: 'uri-template',
    pattern: '^[hH][tT][tT][pP][sS]?://[^/?#]+',
    maxLength: MAX_URL_LENGTH,
    example: EXAMPLE.url,
  })
  @IsString({ message: 'must be an absolute http:// or https:// URL' })
  url!: string;
}

/** A retry plan, written out. */
@ApiSchema({ name: 'RetryPlan' })
export class RetryPlanDto {
  /** Attempts in all, the first included. */
  @ApiProperty({ type: 'integer', example: 4 })
  max_attempts!: number;

  /** Seconds from the end of each failed attempt to the next one, ± 20 %. */
  @ApiProperty({ type: 'array', items: { type: 'number' }, example: [5, 60, 600] })
  delays_seconds!: number[];
}

/** How a timer stands. What was not asked for is left out. */
@ApiSchema({ name: 'Timer' })
export class TimerDto {
  /** The timer's id. Sent to the destination as `webhook-id`, the same at every attempt. */
  @ApiProperty({ type: 'string', format: 'uuid', example: '01a202b2-ec10-8000-a3f1-5c0d9e7b1a24' })
  id!: string;

  /**
   * - `scheduled`: before its first attempt
   * - `dispatching`: its time has come, and the attempt is under way or waits for its turn
   * - `retrying`: an attempt failed and another one will be made
   * - `delivered`: the destination answered 2xx
   * - `failed`: the last attempt failed
   * - `canceled`: by the client, before it was delivered
   * - `expired`: not delivered before the time after which nobody wants it
   * - `purged`: it was due, and its record is no longer kept
   */
  @ApiProperty({ enum: TIMER_STATUSES, enumName: 'TimerStatus', example: 'scheduled' })
  status!: (typeof TIMER_STATUSES)[number];

  /** Where the request is sent, as it was asked for; null once the timer is purged. */
  @ApiProperty({ example: EXAMPLE.url })
  url!: string | null;

  /** When the timer is due: RFC 3339 in UTC with milliseconds. Retries do not change it. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T10:00:10.000Z' })
  fire_at!: string;

  /** Whole seconds until then, rounded up; 0 once the time has come. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 10 })
  time_left!: number;

  /** When the next attempt is due, or the present one was; null once the timer has ended. */
  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    example: '2026-11-22T10:00:10.000Z',
  })
  next_attempt_at!: string | null;

  /** Attempts that have ended. Not there once the timer is purged. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 0 })
  attempts?: number;

  /** Changes by the client so far; `ETag` says the same. Not there once the timer is purged. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 0 })
  version?: number;

  /** No attempt is begun from then on. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false, example: '2026-11-22T11:00:00.000Z' })
  expires_at?: string;

  /** `POST` if absent. */
  @ApiProperty({ enum: WEBHOOK_METHODS, enumName: 'WebhookMethod', required: false, example: 'PUT' })
  method?: WebhookMethod;

  /** Of the request, by lower-case name. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    selfRequired: false,
    example: { 'content-type': 'application/json' },
  })
  headers?: Record<string, string>;

  /** The JSON value that is sent. */
  @ApiProperty({ ...ANY_JSON, required: false, example: { order: 4711 } })
  body?: unknown;

  /** The bytes that are sent. */
  @ApiProperty({ type: 'string', contentEncoding: 'base64', required: false } as object)
  body_base64?: string;

  /** Seconds that one request may take in all, where it is not the server's limit. */
  @ApiProperty({ type: 'number', required: false, example: 30 })
  timeout_seconds?: number;

  /** Where it is not the server's plan. */
  @ApiProperty({ type: RetryPlanDto, required: false })
  retry?: RetryPlanDto;

  /** As they were given. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    selfRequired: false,
    example: { team: 'billing' },
  })
  labels?: Record<string, string>;

  /** Statuses that count as delivered, where it is not every 2xx. */
  @ApiProperty({ type: 'array', items: { type: 'integer' }, required: false, example: [200, 409] })
  success_statuses?: number[];

  /** Is told when the timer is delivered. */
  @ApiProperty({ type: 'string', required: false, example: 'https://example.com/delivered' })
  on_success?: string;

  /** Is told when the timer has failed or expired. */
  @ApiProperty({ type: 'string', required: false, example: 'https://example.com/failed' })
  on_failure?: string;

  /** Limits that it shares with others. */
  @ApiProperty({ type: FlowDto, required: false })
  flow?: FlowDto;

  /** The schedule that it is a run of. */
  @ApiProperty({ type: 'string', required: false })
  schedule_id?: string;
}
