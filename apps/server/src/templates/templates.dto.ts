import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsObject, IsString, Matches, MaxLength } from 'class-validator';
import { MAX_TEMPLATE_LENGTH } from '#messages/template.js';
import { IsStorable } from '../http/plain-text.js';
import { PageDto } from '../http/page.dto.js';
import { ReadBy, wholeNumber } from '../http/to-instance.js';
import { IsWhole, MayBeOmitted } from '../http/validation.js';
import { TEMPLATE_NAME, TEMPLATE_NAME_RULE } from './template-name.js';

const MAX_SUBJECT_LENGTH = 1_000;
const MAX_VERSION = 2_147_483_647;
const TIME = { type: 'string', format: 'date-time', example: '2026-11-22T10:00:00.000Z' } as const;

const Part = (maxLength: number, example: string): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: 'string', maxLength, required: false, example }),
    MayBeOmitted(),
    IsString({ message: 'must be a text' }),
    MaxLength(maxLength, { message: `must be at most ${maxLength} characters` }),
    IsStorable(),
  );

const Version = (): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_VERSION, required: false, example: 2 }),
    ReadBy(wholeNumber),
    MayBeOmitted(),
    IsWhole(1, MAX_VERSION),
  );

/** What a template says, in Liquid: at least one of text and html. */
@ApiSchema({ name: 'TemplateParts' })
export class TemplatePartsDto {
  /** Of e-mails: what becomes one line. At most 1,000 characters. */
  @Part(MAX_SUBJECT_LENGTH, 'Your order {{ order.id }}')
  subject?: string;

  /** The plain text of e-mails, and the body of webhooks. At most 100,000 characters. */
  @Part(MAX_TEMPLATE_LENGTH, 'Hello {{ name }}, your order is on its way.')
  text?: string;

  /** What is put out here is escaped for HTML, unless by `raw`. At most 100,000 characters. */
  @Part(MAX_TEMPLATE_LENGTH, '<p>Hello {{ name }}, your order is on its way.</p>')
  html?: string;
}

@ApiSchema({ name: 'CreateTemplate' })
export class CreateTemplateDto extends TemplatePartsDto {
  /** 1 to 64 letters, digits, dots, dashes and underscores. */
  @ApiProperty({ type: 'string', pattern: TEMPLATE_NAME, example: 'order-shipped' })
  @IsString({ message: TEMPLATE_NAME_RULE })
  @Matches(new RegExp(TEMPLATE_NAME), { message: TEMPLATE_NAME_RULE })
  name!: string;
}

/** A template in a list. */
@ApiSchema({ name: 'ListedTemplate' })
export class ListedTemplateDto {
  /** @example order-shipped */
  name!: string;

  /** From 1; what it says never changes. */
  @ApiProperty({ type: 'integer', minimum: 1, example: 2 })
  version!: number;

  /** Null if it has none. */
  @ApiProperty({ type: 'string', nullable: true, example: 'Your order {{ order.id }}' })
  subject!: string | null;

  /** When this version was stored. */
  @ApiProperty(TIME)
  created_at!: string;
}

/** One version of a template. */
@ApiSchema({ name: 'Template' })
export class TemplateDto extends ListedTemplateDto {
  /** Null if it has none. */
  @ApiProperty({ type: 'string', nullable: true, example: 'Hello {{ name }}, your order is on its way.' })
  text!: string | null;

  /** Null if it has none. */
  @ApiProperty({ type: 'string', nullable: true, example: '<p>Hello {{ name }}.</p>' })
  html!: string | null;
}

/** A page of templates. */
@ApiSchema({ name: 'TemplatePage' })
export class TemplatePageDto extends PageDto(ListedTemplateDto, 'In the order of the list.') {}

/** Which version. */
export class TemplateVersionQuery {
  /** The newest if absent. */
  @Version()
  version?: number;
}

/** What a template is to be rendered with. */
@ApiSchema({ name: 'PreviewTemplate' })
export class PreviewTemplateDto {
  /** By name, what the template has variables for. Default: nothing. */
  @ApiProperty({
    ...{ type: 'object', additionalProperties: true, selfRequired: false },
    example: { name: 'Ada', order: { id: 4711 } },
  })
  @MayBeOmitted()
  @IsObject({ message: 'must be an object' })
  data?: Record<string, unknown>;

  /** The newest if absent. */
  @Version()
  version?: number;
}

/** What would be sent. `{{ unsubscribe_url }}` stands for the link, which is another one in each message. */
@ApiSchema({ name: 'TemplatePreview' })
export class TemplatePreviewDto {
  /** The version that was rendered. */
  @ApiProperty({ type: 'integer', minimum: 1, example: 2 })
  version!: number;

  /** Null if the template has none. */
  @ApiProperty({ type: 'string', nullable: true, example: 'Your order 4711' })
  subject!: string | null;

  /** Null if the template has none. */
  @ApiProperty({ type: 'string', nullable: true, example: 'Hello Ada, your order is on its way.' })
  text!: string | null;

  /** Null if the template has none. */
  @ApiProperty({ type: 'string', nullable: true, example: '<p>Hello Ada.</p>' })
  html!: string | null;
}
