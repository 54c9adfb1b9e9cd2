import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { ArrayNotEmpty, ArrayUnique, IsArray, IsIn, IsInt, Max, Min } from 'class-validator';
import { PageDto } from '../http/page.dto.js';
import { PlainText } from '../http/plain-text.js';
import { MayBeOmitted } from '../http/validation.js';
import { SCOPES } from './scopes.js';
import type { Scope } from './scopes.js';

const TEN_YEARS_SECONDS = 315_360_000;
const WEEK_SECONDS = 604_800;
const DAY_SECONDS = 86_400;
const MAX_NAME_LENGTH = 100;
const SCOPE_LIST = { message: `must be a list of different ones of ${SCOPES.join(', ')}` };
const EXPIRY = { message: `must be a whole number from 1 to ${TEN_YEARS_SECONDS}` };
const OVERLAP = { message: `must be a whole number from 0 to ${WEEK_SECONDS}` };
const EXPIRY_SCHEMA = { type: 'integer', minimum: 1, maximum: TEN_YEARS_SECONDS, required: false } as const;

@ApiSchema({ name: 'CreateApiKey' })
export class CreateApiKeyDto {
  /** Where it is used, for people: 1 to 100 characters. */
  @PlainText(MAX_NAME_LENGTH, 'shop backend')
  name!: string;

  /** What it is good for. */
  @ApiProperty({
    type: 'array',
    items: { type: 'string', enum: [...SCOPES] },
    minItems: 1,
    uniqueItems: true,
    example: ['timers:read', 'timers:write'],
  })
  @IsArray(SCOPE_LIST)
  @ArrayNotEmpty(SCOPE_LIST)
  @ArrayUnique(SCOPE_LIST)
  @IsIn(SCOPES, { each: true, ...SCOPE_LIST })
  scopes!: Scope[];

  /** Time until it no longer works: 1 s to ten years. Without, it works until it is revoked. */
  @ApiProperty({ ...EXPIRY_SCHEMA, example: 31_536_000 })
  @MayBeOmitted()
  @IsInt(EXPIRY)
  @Min(1, EXPIRY)
  @Max(TEN_YEARS_SECONDS, EXPIRY)
  expires_in_seconds?: number;
}

@ApiSchema({ name: 'RotateApiKey' })
export class RotateApiKeyDto {
  /** Time that the old key works on: 0 to a week. */
  @ApiProperty({
    ...{ type: 'integer', minimum: 0, maximum: WEEK_SECONDS, default: DAY_SECONDS, required: false },
    example: DAY_SECONDS,
  })
  @MayBeOmitted()
  @IsInt(OVERLAP)
  @Min(0, OVERLAP)
  @Max(WEEK_SECONDS, OVERLAP)
  overlap_seconds = DAY_SECONDS;

  /** Time until the new key no longer works: 1 s to ten years. Without, it expires when the old one would have. */
  @ApiProperty({ ...EXPIRY_SCHEMA, example: 31_536_000 })
  @MayBeOmitted()
  @IsInt(EXPIRY)
  @Min(1, EXPIRY)
  @Max(TEN_YEARS_SECONDS, EXPIRY)
  expires_in_seconds?: number;
}

@ApiSchema({ name: 'ApiKey' })
export class ApiKeyDto {
  /** The part of the key between `tk_` and the next `_`. No secret. */
  @ApiProperty({ type: 'string', example: '4fQz81LmWc0d' })
  id!: string;

  /** @example shop backend */
  name!: string;

  @ApiProperty({
    type: 'array',
    items: { type: 'string', enum: [...SCOPES] },
    example: ['timers:read', 'timers:write'],
  })
  scopes!: string[];

  /** When it was made: RFC 3339 in UTC with milliseconds. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T10:00:00.000Z' })
  created_at!: string;

  /** From then on it no longer works; null if it does until it is revoked. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, example: '2027-11-22T10:00:00.000Z' })
  expires_at!: string | null;

  /** When it was last used, give or take a minute; null if never. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, example: null })
  last_used_at!: string | null;

  /** Since when it no longer works because it was revoked; null if it was not. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, example: null })
  revoked_at!: string | null;
}

@ApiSchema({ name: 'NewApiKey' })
export class NewApiKeyDto extends ApiKeyDto {
  /** The key itself: shown now and never again. */
  @ApiProperty({ type: 'string', example: 'tk_4fQz81LmWc0d_…' })
  key!: string;
}

@ApiSchema({ name: 'ApiKeyPage' })
export class ApiKeyPageDto extends PageDto(ApiKeyDto, 'The youngest first.') {}
