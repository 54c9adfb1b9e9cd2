import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBase64,
  IsBoolean,
  IsObject,
  IsString,
  Length,
  Matches,
} from 'class-validator';
import { MAX_EMAIL_RECIPIENTS, SUPPRESSION_REASONS } from '#contracts/email.js';
import { MAX_URL_LENGTH } from '#contracts/webhook-url.js';
import { ReadBy } from '../http/to-instance.js';
import { IsWhole, MayBeOmitted, Nested, NestedList } from '../http/validation.js';
import { ATTEMPT_ERRORS } from '../timers/attempts.dto.js';
import { RetryDto, WEB_URL_PATTERN } from '../timers/delivery.dto.js';
import { MAX_LABELS } from '../timers/labels.js';
import { TEMPLATE_NAME, TEMPLATE_NAME_RULE } from '../templates/template-name.js';
import { RetryPlanDto } from '../timers/timers.dto.js';
import { MAX_EMAIL_HEADERS } from './email-headers.js';
import { EMAIL_STATUSES } from './email-status.js';
import type { EmailStatus } from './email-status.js';
import { EmailTimesDto } from './email-times.dto.js';

const MAX_ATTACHMENTS = 20;
const MAX_VERSION = 1_000_000;

const ADDRESSES = { message: `must be an address, or a list of 1 to ${MAX_EMAIL_RECIPIENTS} addresses` };
const ADDRESS_SCHEMA = { type: 'string', format: 'email', maxLength: 254 };
const SENDER = { message: 'must be an e-mail address such as Ada <ada@example.com>' };
const URL = { message: 'must be an absolute http:// or https:// URL' };
const TEXT = { message: 'must be a text' };
const FILENAME = { message: 'must be 1 to 255 characters without slashes and control characters' };
const MEDIA_TYPE = { message: 'must be a media type such as application/pdf, and not multipart' };
const BASE64 = { message: 'must be base64 with padding' };
const NAME = { message: `must be the name of a template, ${TEMPLATE_NAME_RULE.replace('must be ', '')}` };

/** Why an e-mail that has failed was not sent. */
export const FAILURE_REASONS = [...SUPPRESSION_REASONS, 'invalid', 'refused'] as const;

/** What is sent beside the text. */
@ApiSchema({ name: 'EmailAttachment' })
export class EmailAttachmentDto {
  /** The name that it has for the recipient: 1 to 255 characters without slashes and control characters. */
  @ApiProperty({ minLength: 1, maxLength: 255, example: 'invoice.pdf' })
  @IsString(FILENAME)
  @Length(1, 255, FILENAME)
  @Matches(/^[^\p{Cc}\u2028\u2029/\\]+$/u, FILENAME)
  filename!: string;

  /** Its media type, but for multipart: a file has no parts. */
  @ApiProperty({ maxLength: 255, example: 'application/pdf' })
  @IsString(MEDIA_TYPE)
  @Length(3, 255, MEDIA_TYPE)
  @Matches(/^(?!multipart\/)[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:; ?[\w-]+=[\w.-]+)*$/i, MEDIA_TYPE)
  content_type!: string;

  /** Its bytes, in base64 with padding. */
  @ApiProperty({ type: 'string', contentEncoding: 'base64', example: 'SGVsbG8=' } as object)
  @IsString(BASE64)
  @IsBase64({ urlSafe: false }, BASE64)
  content_base64!: string;
}

/** Which stored template. */
@ApiSchema({ name: 'EmailTemplate' })
export class EmailTemplateDto {
  @ApiProperty({ type: 'string', pattern: TEMPLATE_NAME, example: 'welcome' })
  @IsString(NAME)
  @Matches(new RegExp(TEMPLATE_NAME), NAME)
  name!: string;

  /** Default: the newest. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_VERSION, required: false, example: 3 })
  @MayBeOmitted()
  @IsWhole(1, MAX_VERSION)
  version?: number;
}

export const EMAIL_EXAMPLE = {
  to: 'ada@example.com',
  subject: 'Your order is on its way',
  text: 'Dear Ada, it will be there tomorrow.',
};

/** One request for each thing that there is to say. */
export const CREATE_EMAIL_EXAMPLES = {
  now: { summary: 'At once', value: EMAIL_EXAMPLE },
  later: {
    summary: 'Tomorrow, and not any more the day after',
    value: { ...EMAIL_EXAMPLE, delay: 'P1D', kill_at: '2031-04-01T00:00:00Z' },
  },
  local: {
    summary: 'At a local time',
    value: { ...EMAIL_EXAMPLE, send_at: '2031-03-30T09:30:00', timezone: 'Europe/Berlin' },
  },
  template: {
    summary: 'From a template, with a link to opt out',
    value: {
      to: EMAIL_EXAMPLE.to,
      template: { name: 'welcome' },
      data: { name: 'Ada' },
      unsubscribe: true,
    },
  },
  attachment: {
    summary: 'With an attachment, from somebody, and with a header',
    value: {
      ...EMAIL_EXAMPLE,
      from: 'Shop <shop@example.com>',
      reply_to: 'help@example.com',
      html: '<p>Dear Ada, it will be there tomorrow.</p>',
      headers: { 'x-order': '4711' },
      attachments: [{ filename: 'note.txt', content_type: 'text/plain', content_base64: 'SGVsbG8=' }],
    },
  },
  told: {
    summary: 'With a retry plan, labels, and who is told how it ended',
    value: {
      ...EMAIL_EXAMPLE,
      retry: { delays_seconds: [60, 600, 3600] },
      labels: { order: '4711' },
      on_success: 'https://example.com/sent',
      on_failure: 'https://example.com/failed',
    },
  },
};

/** What is to be sent, to whom and when. */
@ApiSchema({ name: 'CreateEmail' })
export class CreateEmailDto extends EmailTimesDto {
  /** An address, or up to 50: all of them see each other. Who is suppressed when it is sent is left out. */
  @ApiProperty({
    oneOf: [
      ADDRESS_SCHEMA,
      { type: 'array', items: ADDRESS_SCHEMA, minItems: 1, maxItems: MAX_EMAIL_RECIPIENTS },
    ],
    example: 'ada@example.com',
  })
  @ReadBy((value) => (typeof value === 'string' ? [value] : value))
  @IsArray(ADDRESSES)
  @ArrayMinSize(1, ADDRESSES)
  @ArrayMaxSize(MAX_EMAIL_RECIPIENTS, ADDRESSES)
  @IsString({ ...ADDRESSES, each: true })
  to!: string | string[];

  /** Who sends it: an address, with a name before it or not. Default: the server's `MAIL_FROM`. */
  @ApiProperty({ maxLength: 500, required: false, example: 'Shop <shop@example.com>' })
  @MayBeOmitted()
  @IsString(SENDER)
  from?: string;

  /** Who gets the answers, likewise. Default: who sends it. */
  @ApiProperty({ maxLength: 500, required: false, example: 'help@example.com' })
  @MayBeOmitted()
  @IsString(SENDER)
  reply_to?: string;

  /** One line of at most 998 characters. Required unless the template has one, before which it comes. */
  @ApiProperty({ maxLength: 998, required: false, example: EMAIL_EXAMPLE.subject })
  @MayBeOmitted()
  @IsString(TEXT)
  subject?: string;

  /** The text without markup. At least one of `text`, `html` and `template` must be there. */
  @ApiProperty({ required: false, example: EMAIL_EXAMPLE.text })
  @MayBeOmitted()
  @IsString(TEXT)
  text?: string;

  /** The text as HTML. With both, the recipient's program chooses. */
  @ApiProperty({ required: false, example: '<p>Dear Ada, it will be there tomorrow.</p>' })
  @MayBeOmitted()
  @IsString(TEXT)
  html?: string;

  /** A stored template instead of `text` and `html`. It is rendered now: what becomes of it later changes nothing. */
  @ApiProperty({ type: EmailTemplateDto, required: false })
  @MayBeOmitted()
  @Nested(EmailTemplateDto)
  template?: EmailTemplateDto;

  /** What the template asks for. */
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    selfRequired: false,
    example: { name: 'Ada' },
  })
  @MayBeOmitted()
  @IsObject({ message: 'must be an object' })
  data?: Record<string, unknown>;

  /**
   * More headers, by name: at most 32, and 8 KiB of names and values together. Refused are line breaks, and those that
   * are the sender's or another field's: `from`, `sender`, `to`, `cc`, `bcc`, `reply-to`, `subject`, `date`,
   * `message-id`, `return-path`, `received`, `mime-version`, `dkim-signature`, `content-*`, `resent-*`,
   * `arc-*`, and with `unsubscribe` `list-unsubscribe` and `list-unsubscribe-post`. Default: none.
   */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    maxProperties: MAX_EMAIL_HEADERS,
    selfRequired: false,
    example: { 'x-order': '4711' },
  })
  @MayBeOmitted()
  @IsObject({ message: 'must be an object of header names and texts' })
  headers?: Record<string, string>;

  /** At most 20. The e-mail with all of them in base64 is at most 900,000 bytes. Default: none. */
  @ApiProperty({ type: [EmailAttachmentDto], maxItems: MAX_ATTACHMENTS, required: false })
  @MayBeOmitted()
  @NestedList(EmailAttachmentDto, MAX_ATTACHMENTS)
  attachments?: EmailAttachmentDto[];

  /**
   * It says how to opt out: by headers that mail programs know (RFC 8058), and by a link wherever
   * `{{ unsubscribe_url }}` stands in its text, which is a 400 without. One recipient only. Default false.
   */
  @ApiProperty({ type: 'boolean', required: false, example: true })
  @MayBeOmitted()
  @IsBoolean({ message: 'must be true or false' })
  unsubscribe?: boolean;

  /** When an attempt without success is followed by another. Default: the server's plan. Each delay is spread by ±20 %. */
  @ApiProperty({ type: RetryDto, required: false })
  @MayBeOmitted()
  @Nested(RetryDto)
  retry?: RetryDto;

  /**
   * At most 16 texts of at most 256 characters, by names of at most 64 letters, digits, dots, dashes and underscores.
   * They are not sent, and not encrypted: nothing personal belongs there. Default: none.
   */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', maxLength: 256 },
    maxProperties: MAX_LABELS,
    selfRequired: false,
    example: { order: '4711' },
  })
  @MayBeOmitted()
  @IsObject({ message: 'must be an object of names and texts' })
  labels?: Record<string, string>;

  /** A url that is told when the e-mail is sent. Default: nobody is told. */
  @ApiProperty({ type: 'string', pattern: WEB_URL_PATTERN, maxLength: MAX_URL_LENGTH, required: false })
  @MayBeOmitted()
  @IsString(URL)
  on_success?: string;

  /** A url that is told when the e-mail has failed or expired. Default: nobody is told. */
  @ApiProperty({ type: 'string', pattern: WEB_URL_PATTERN, maxLength: MAX_URL_LENGTH, required: false })
  @MayBeOmitted()
  @IsString(URL)
  on_failure?: string;
}

/** An attachment that was accepted, without its bytes. */
@ApiSchema({ name: 'EmailAttachmentSummary' })
export class EmailAttachmentSummaryDto {
  @ApiProperty({ example: 'invoice.pdf' })
  filename!: string;

  @ApiProperty({ example: 'application/pdf' })
  content_type!: string;

  /** Its size. */
  @ApiProperty({ type: 'integer', example: 48_213 })
  bytes!: number;
}

/** How an e-mail stands. What was not asked for is left out; of one that is purged only id, status and time are known. */
@ApiSchema({ name: 'Email' })
export class EmailDto {
  /** The e-mail's id. Its `Message-ID` follows from it, the same at every attempt. */
  @ApiProperty({ type: 'string', format: 'uuid', example: '01a202b2-ec10-8000-a3f1-5c0d9e7b1a24' })
  id!: string;

  /**
   * - `scheduled`: before its first attempt
   * - `sending`: its time has come, and the attempt is under way or waits for its turn
   * - `retrying`: an attempt came to nothing, or not for all recipients, and another one will be made
   * - `sent`: the SMTP server has taken it, for one of its recipients at least
   * - `failed`: the server has refused it for good, the last attempt came to nothing, or nobody may be written to
   * - `canceled`: by the client, before it was sent
   * - `expired`: not sent before its `kill_at`
   * - `purged`: it was due, and its record is no longer kept
   */
  @ApiProperty({ enum: EMAIL_STATUSES, enumName: 'EmailStatus', example: 'scheduled' })
  status!: EmailStatus;

  /** When it is due: RFC 3339 in UTC with milliseconds. Retries do not change it. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T10:00:10.000Z' })
  send_at!: string;

  /** Whole seconds until then, rounded up; 0 once the time has come. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 10 })
  time_left!: number;

  /** When the next attempt is due, or the present one was; null once the e-mail has ended. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, example: '2026-11-22T10:00:10.000Z' })
  next_attempt_at!: string | null;

  /** Attempts that have ended. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 0 })
  attempts?: number;

  /** Changes by the client so far; `ETag` says the same. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 0 })
  version?: number;

  /**
   * Of a failed one, why. What it was refused with is in its attempts.
   * - `bounced`, `opted-out`, `complained`, `manual`: its recipients are on the suppression list, and why the first is.
   *   `bounced` also where this e-mail itself has put one there
   * - `invalid`: its recipients are no addresses
   * - `refused`: the SMTP server has not taken it, as `status_code` says
   * - all else is why the last attempt had no answer, as in attempts
   */
  @ApiProperty({ enum: [...FAILURE_REASONS, ...ATTEMPT_ERRORS], required: false, example: 'bounced' })
  reason?: (typeof FAILURE_REASONS)[number] | (typeof ATTEMPT_ERRORS)[number];

  /** Of a failed one: the SMTP server's last reply code, if there was one. */
  @ApiProperty({ type: 'integer', required: false, example: 550 })
  status_code?: number;

  /** No attempt is begun from then on. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false, example: '2026-11-22T11:00:00.000Z' })
  kill_at?: string;

  /** Each of them once. */
  @ApiProperty({ type: 'array', items: { type: 'string' }, required: false, example: ['ada@example.com'] })
  to?: string[];

  /** Where it is not the server's sender. */
  @ApiProperty({ required: false, example: 'Shop <shop@example.com>' })
  from?: string;

  @ApiProperty({ required: false, example: 'help@example.com' })
  reply_to?: string;

  /** As it is sent, from whatever it was made; so are the texts. */
  @ApiProperty({ required: false, example: EMAIL_EXAMPLE.subject })
  subject?: string;

  @ApiProperty({ required: false, example: EMAIL_EXAMPLE.text })
  text?: string;

  @ApiProperty({ required: false, example: '<p>Dear Ada, it will be there tomorrow.</p>' })
  html?: string;

  /** As they were given. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    selfRequired: false,
    example: { 'x-order': '4711' },
  })
  headers?: Record<string, string>;

  /** Without their bytes. */
  @ApiProperty({ type: [EmailAttachmentSummaryDto], required: false })
  attachments?: EmailAttachmentSummaryDto[];

  /** It says how to opt out. */
  @ApiProperty({ type: 'boolean', required: false, example: true })
  unsubscribe?: boolean;

  /** Where it is not the server's plan. */
  @ApiProperty({ type: RetryPlanDto, required: false })
  retry?: RetryPlanDto;

  /** As they were given. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    selfRequired: false,
    example: { order: '4711' },
  })
  labels?: Record<string, string>;

  /** Is told when the e-mail is sent. */
  @ApiProperty({ type: 'string', required: false, example: 'https://example.com/sent' })
  on_success?: string;

  /** Is told when the e-mail has failed or expired. */
  @ApiProperty({ type: 'string', required: false, example: 'https://example.com/failed' })
  on_failure?: string;
}
