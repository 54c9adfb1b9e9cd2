import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiSchema, PartialType, PickType } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsString, Matches, Max, Min, NotEquals, ValidateIf } from 'class-validator';
import { GLOBAL_NAME } from '#contracts/task-queues.js';
import { PageDto } from '../http/page.dto.js';
import { PlainText } from '../http/plain-text.js';
import { MayBeOmitted } from '../http/validation.js';
import { TENANT_ID } from '#contracts/tenant.js';

/** What PostgreSQL has room for in an integer. */
const MAX_QUOTA = 2_147_483_647;
const WHOLE_NUMBER = { message: `must be null or a whole number from 0 to ${MAX_QUOTA}` };
const CREDIT = { message: `must be null or a whole number from 0 to ${Number.MAX_SAFE_INTEGER}` };
const MAX_NAME_LENGTH = 100;

/** Null: the server's default. 0: no limit. */
function Quota(example: number): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: 'integer',
      minimum: 0,
      maximum: MAX_QUOTA,
      nullable: true,
      required: false,
      example,
    }),
    ValidateIf((_object, value) => value !== undefined && value !== null),
    IsInt(WHOLE_NUMBER),
    Min(0, WHOLE_NUMBER),
    Max(MAX_QUOTA, WHOLE_NUMBER),
  );
}

@ApiSchema({ name: 'CreateTenant' })
export class CreateTenantDto {
  /** 1 to 32 of a-z, 0-9 and hyphen, the first no hyphen; not `global`. It never changes. */
  @ApiProperty({ type: 'string', pattern: TENANT_ID.source, example: 'acme' })
  @IsString({ message: 'must be a text' })
  @NotEquals(GLOBAL_NAME, { message: `must not be ${GLOBAL_NAME}` })
  @Matches(TENANT_ID, { message: 'must be 1 to 32 of a-z, 0-9 and hyphen, the first no hyphen' })
  id!: string;

  /** For people: 1 to 100 characters. */
  @PlainText(MAX_NAME_LENGTH, 'Acme Inc.')
  name!: string;

  /** Timers that have not ended. Null: the server's default. 0: no limit. */
  @Quota(10_000)
  max_pending_timers?: number | null;

  /** Timers and jobs accepted per second, by each server. Null: the server's default. 0: no limit. */
  @Quota(100)
  creates_per_second?: number | null;

  /** What one timer sends, or one job is given as its input, in bytes. Null: the server's default. 0: no limit. */
  @Quota(65_536)
  max_payload_bytes?: number | null;

  /** Messages that its blasts may still send: what they hold or have sent is off it. Null: any number. */
  @ApiProperty({
    ...{ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, nullable: true, required: false },
    example: 1_000_000,
  })
  @ValidateIf((_object, value) => value !== undefined && value !== null)
  @IsInt(CREDIT)
  @Min(0, CREDIT)
  @Max(Number.MAX_SAFE_INTEGER, CREDIT)
  message_credit?: number | null;
}

/** What is left out stays as it is. */
@ApiSchema({ name: 'ChangeTenant' })
export class ChangeTenantDto extends PartialType(
  PickType(CreateTenantDto, [
    ...(['name', 'max_pending_timers', 'creates_per_second', 'max_payload_bytes'] as const),
    'message_credit',
  ]),
  { skipNullProperties: false },
) {
  /** Whether its API keys are refused. What is pending is delivered all the same. */
  @ApiProperty({ type: 'boolean', required: false })
  @MayBeOmitted()
  @IsBoolean({ message: 'must be true or false' })
  disabled?: boolean;
}

@ApiSchema({ name: 'Tenant' })
export class TenantDto {
  /** @example acme */
  id!: string;

  /** @example Acme Inc. */
  name!: string;

  /** When it was created: RFC 3339 in UTC with milliseconds. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T10:00:00.000Z' })
  created_at!: string;

  /** Since when its API keys are refused; null while they work. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, example: null })
  disabled_at!: string | null;

  /** Timers that have not ended. Null: the server's default. 0: no limit. */
  @ApiProperty({ type: 'integer', nullable: true, example: 10_000 })
  max_pending_timers!: number | null;

  /** Timers and jobs accepted per second, by each server. Null: the server's default. 0: no limit. */
  @ApiProperty({ type: 'integer', nullable: true, example: 100 })
  creates_per_second!: number | null;

  /** What one timer sends, or one job is given as its input, in bytes. Null: the server's default. 0: no limit. */
  @ApiProperty({ type: 'integer', nullable: true, example: null })
  max_payload_bytes!: number | null;

  /** Messages that its blasts may still send: what they hold or have sent is off it. Null: any number. */
  @ApiProperty({ type: 'integer', nullable: true, example: null })
  message_credit!: number | null;
}

@ApiSchema({ name: 'TenantPage' })
export class TenantPageDto extends PageDto(TenantDto, 'In the order of their ids.') {}
