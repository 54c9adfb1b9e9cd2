import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsString, MaxLength, Matches, ValidateBy } from 'class-validator';
import { SUPPRESSION_REASONS } from '#contracts/email.js';
import type { SuppressionReason } from '#contracts/email.js';
import { emailAddressProblem, MAX_ADDRESS_LENGTH } from '#messages/email-address.js';
import { PageDto, PageQuery } from '../http/page.dto.js';
import { IsInstant } from '../http/rfc3339.js';
import { MayBeOmitted } from '../http/validation.js';

const REASONS = { message: `must be one of ${SUPPRESSION_REASONS.join(', ')}` };
const MAX_DETAIL_LENGTH = 1_000;
const DETAIL = { message: `must be a text of at most ${MAX_DETAIL_LENGTH} characters without NUL` };
const REASON_SCHEMA = { enum: [...SUPPRESSION_REASONS], enumName: 'SuppressionReason' };

const isAddress = (value: unknown) => typeof value === 'string' && !emailAddressProblem(value);

/** An address that nothing is to be sent to. */
@ApiSchema({ name: 'CreateSuppression' })
export class CreateSuppressionDto {
  /** Kept in lower case. */
  @ApiProperty({ type: 'string', format: 'email', maxLength: MAX_ADDRESS_LENGTH, example: 'ada@example.com' })
  @ValidateBy(
    { name: 'isAddress', validator: { validate: isAddress } },
    { message: 'must be an e-mail address such as ada@example.com' },
  )
  address!: string;

  /** Why. Default: `manual`. */
  @ApiProperty({ ...REASON_SCHEMA, required: false, default: 'manual' })
  @MayBeOmitted()
  @IsIn(SUPPRESSION_REASONS, REASONS)
  reason: SuppressionReason = 'manual';

  /** What is known of it: at most 1,000 characters. */
  @ApiProperty({
    type: 'string',
    maxLength: MAX_DETAIL_LENGTH,
    required: false,
    example: 'asked us by phone',
  })
  @MayBeOmitted()
  @IsString(DETAIL)
  @MaxLength(MAX_DETAIL_LENGTH, DETAIL)
  @Matches(/^[^\0\ud800-\udfff]*$/u, DETAIL)
  detail?: string;
}

/** A line of an import: as an export has written it, or with the address alone. */
export class ImportedSuppressionDto extends CreateSuppressionDto {
  /** Since when it was on the list. Default: now. */
  @MayBeOmitted()
  @IsInstant()
  created_at?: string;
}

/** An address that nothing is sent to. */
@ApiSchema({ name: 'Suppression' })
export class SuppressionDto {
  /** In lower case. */
  @ApiProperty({ type: 'string', format: 'email', example: 'ada@example.com' })
  address!: string;

  /**
   * Why: `bounced`, a mail server does not know it; `opted-out`, by a link to unsubscribe; `complained`; `manual`. What it
   * was put on the list for first, but that `opted-out` and `complained` take the place of `bounced`.
   */
  @ApiProperty({ ...REASON_SCHEMA, example: 'opted-out' })
  reason!: SuppressionReason;

  /** What is known of it, such as what the mail server said; null if nothing is. */
  @ApiProperty({ type: 'string', nullable: true, example: '550 5.1.1 no such user' })
  detail!: string | null;

  /** Since when it has been on the list. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T10:00:00.000Z' })
  created_at!: string;
}

/** A page of suppressions. */
@ApiSchema({ name: 'SuppressionPage' })
export class SuppressionPageDto extends PageDto(SuppressionDto, 'By address.') {}

/** Which of them. */
export class ListSuppressionsQuery extends PageQuery {
  /** Only those that are on the list for this reason. */
  @ApiProperty({ ...REASON_SCHEMA, required: false })
  @MayBeOmitted()
  @IsIn(SUPPRESSION_REASONS, REASONS)
  reason?: SuppressionReason;
}

/** A line that was left out. */
@ApiSchema({ name: 'InvalidLine' })
export class InvalidLineDto {
  /** From 1. */
  @ApiProperty({ type: 'integer', minimum: 1, example: 7 })
  line!: number;

  /** @example address must be an e-mail address such as ada@example.com, got "ada" */
  message!: string;
}

/** What came of an import. */
@ApiSchema({ name: 'SuppressionImport' })
export class SuppressionImportDto {
  /** Addresses that were not on the list. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 9_950 })
  added!: number;

  /** Those that were, also by an earlier line; what they are on it for has not changed. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 49 })
  known!: number;

  /** Lines that were left out. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 1 })
  invalid!: number;

  /** The first 20 of them. */
  @ApiProperty({ type: [InvalidLineDto] })
  invalid_lines!: InvalidLineDto[];
}
