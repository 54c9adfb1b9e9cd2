import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsObject, IsString, Matches, MaxLength } from 'class-validator';
import { MAX_URL_LENGTH } from '#contracts/webhook-url.js';
import { MAX_TEMPLATE_LENGTH } from '#messages/template.js';
import { IsStorable } from '../http/plain-text.js';
import { IsWhole, MayBeOmitted, Nested } from '../http/validation.js';
import { TEMPLATE_NAME, TEMPLATE_NAME_RULE } from '../templates/template-name.js';
import { WEB_URL_PATTERN } from '../timers/delivery.dto.js';

const MAX_TIMEOUT_SECONDS = 300;
const MAX_VERSION = 2_147_483_647;
const METHODS = ['POST', 'PUT', 'PATCH'] as const;

const TEXT = { message: `must be a text of at most ${MAX_TEMPLATE_LENGTH} characters` };
const URL = { message: 'must be an absolute http:// or https:// URL' };
const HEADERS = {
  type: 'object',
  additionalProperties: { type: 'string' },
  maxProperties: 32,
  selfRequired: false,
} as const;

const Liquid = (example: string): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: 'string', maxLength: MAX_TEMPLATE_LENGTH, required: false, example }),
    MayBeOmitted(),
    IsString(TEXT),
    MaxLength(MAX_TEMPLATE_LENGTH, TEXT),
    IsStorable(),
  );

/** A template of `POST /templates`. */
@ApiSchema({ name: 'BlastTemplate' })
export class BlastTemplateDto {
  @ApiProperty({ type: 'string', pattern: TEMPLATE_NAME, example: 'spring-news' })
  @IsString({ message: TEMPLATE_NAME_RULE })
  @Matches(new RegExp(TEMPLATE_NAME), { message: TEMPLATE_NAME_RULE })
  name!: string;

  /** Default: the newest when the blast is created. It stays this one, whatever becomes of the template. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_VERSION, required: false, example: 3 })
  @MayBeOmitted()
  @IsWhole(1, MAX_VERSION)
  version?: number;
}

/** The mail that each gets: a template, or `subject` with `text` and `html`. All three are Liquid. */
@ApiSchema({ name: 'BlastEmail' })
export class BlastEmailDto {
  @ApiProperty({ type: BlastTemplateDto, required: false })
  @MayBeOmitted()
  @Nested(BlastTemplateDto)
  template?: BlastTemplateDto;

  /** With the data of each recipient in it, and `address`. */
  @Liquid('News for {{ name }}')
  subject?: string;

  @Liquid('Hello {{ name }}, spring is here.')
  text?: string;

  /** What comes from data is escaped. */
  @Liquid('<p>Hello {{ name }}, spring is here.</p>')
  html?: string;

  /** Default: `MAIL_FROM` of the server. */
  @ApiProperty({ type: 'string', maxLength: 320, required: false, example: 'Shop <news@example.com>' })
  @MayBeOmitted()
  @IsString({ message: 'must be an e-mail address such as Ada <ada@example.com>' })
  from?: string;

  @ApiProperty({ type: 'string', maxLength: 320, required: false, example: 'help@example.com' })
  @MayBeOmitted()
  @IsString({ message: 'must be an e-mail address such as ada@example.com' })
  reply_to?: string;

  /** At most 32, none of those that the sender sets itself. */
  @ApiProperty({ ...HEADERS, example: { 'x-campaign': 'spring' } })
  @MayBeOmitted()
  @IsObject({ message: 'must be an object of names and texts' })
  headers?: Record<string, string>;

  /** Whether it says how to opt out: headers of RFC 8058, and `{{ unsubscribe_url }}` in the text, which is a 400 without. */
  @ApiProperty({ type: 'boolean', default: true, required: false })
  @MayBeOmitted()
  @IsBoolean({ message: 'must be true or false' })
  unsubscribe = true;
}

/** The signed request that each gets. */
@ApiSchema({ name: 'BlastWebhook' })
export class BlastWebhookDto {
  /** Where it goes for recipients who have no `url` of their own. */
  @ApiProperty({
    ...{ type: 'string', pattern: WEB_URL_PATTERN, maxLength: MAX_URL_LENGTH, required: false },
    example: 'https://example.com/hooks',
  })
  @MayBeOmitted()
  @IsString(URL)
  url?: string;

  @ApiProperty({ enum: METHODS, default: 'POST', required: false })
  @MayBeOmitted()
  @IsIn(METHODS, { message: `must be one of ${METHODS.join(', ')}` })
  method: (typeof METHODS)[number] = 'POST';

  /** At most 32, none of those that the sender sets itself. Default: `content-type: application/json`. */
  @ApiProperty({ ...HEADERS, example: { 'x-campaign': 'spring' } })
  @MayBeOmitted()
  @IsObject({ message: 'must be an object of names and texts' })
  headers?: Record<string, string>;

  /** Liquid, with the data of each recipient in it, and `url`. Default: their data as JSON. */
  @Liquid('{"hello": {{ name | json }}}')
  body?: string;

  /** Time limit of one request: 1 to 300. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_TIMEOUT_SECONDS, default: 30, required: false })
  @MayBeOmitted()
  @IsWhole(1, MAX_TIMEOUT_SECONDS)
  timeout_seconds = 30;
}
