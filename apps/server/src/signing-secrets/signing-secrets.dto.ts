import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import type { SigningKind } from '#signing/signing-secret.js';
import { PageDto } from '../http/page.dto.js';
import { MayBeOmitted } from '../http/validation.js';

const WEEK_SECONDS = 604_800;
const DAY_SECONDS = 86_400;
const MAX_HOST_LENGTH = 253;
const KINDS = ['v1', 'v1a'] as const;

const HOST = { message: 'must be a host name or IP address without a port, such as hooks.example.com' };
const KIND = { message: 'must be v1 or v1a' };
const SECRET = { message: 'must be a text that begins with whsec_ or whsk_' };
const OVERLAP = { message: `must be a whole number from 0 to ${WEEK_SECONDS}` };

const ID = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const PUBLIC_KEY = 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=';
const HOST_SCHEMA = { type: 'string', maxLength: MAX_HOST_LENGTH, example: 'hooks.example.com' } as const;
const TIME = { type: 'string', format: 'date-time' } as const;

/** Which deliveries a secret signs, and how. */
class SigningScope {
  /**
   * The host of destinations that the secret is for, without a port. Without it, the secret signs deliveries to every host
   * that has none of its own.
   */
  @ApiProperty({ ...HOST_SCHEMA, required: false })
  @MayBeOmitted()
  @MaxLength(MAX_HOST_LENGTH, HOST)
  host?: string;

  /** `v1`: HMAC-SHA256. `v1a`: ed25519, of which receivers need the public key only. */
  @ApiProperty({ enum: KINDS, enumName: 'SigningKind', required: false, default: 'v1' })
  @MayBeOmitted()
  @IsIn(KINDS, KIND)
  kind?: SigningKind;
}

@ApiSchema({ name: 'CreateSigningSecret' })
export class CreateSigningSecretDto extends SigningScope {
  /**
   * A secret of your own: `whsec_` and 24 to 64 bytes in base64, or `whsk_` and the 64 bytes of an ed25519 secret key.
   * Without it, one is made.
   */
  @ApiProperty({
    ...{ type: 'string', pattern: '^(whsec|whsk)_[A-Za-z0-9+/]+={0,2}$', required: false },
    example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  })
  @MayBeOmitted()
  @IsString(SECRET)
  secret?: string;
}

@ApiSchema({ name: 'RotateSigningSecret' })
export class RotateSigningSecretDto extends SigningScope {
  /** Time that the old secret goes on signing beside the new one: 0 to a week. */
  @ApiProperty({
    ...{ type: 'integer', minimum: 0, maximum: WEEK_SECONDS, default: DAY_SECONDS, required: false },
    example: DAY_SECONDS,
  })
  @MayBeOmitted()
  @IsInt(OVERLAP)
  @Min(0, OVERLAP)
  @Max(WEEK_SECONDS, OVERLAP)
  overlap_seconds = DAY_SECONDS;
}

@ApiSchema({ name: 'SigningSecret' })
export class SigningSecretDto {
  @ApiProperty({ type: 'string', format: 'uuid', example: ID })
  id!: string;

  /** The host that it is for; null for every one that has none of its own. */
  @ApiProperty({ ...HOST_SCHEMA, nullable: true })
  host!: string | null;

  @ApiProperty({ enum: KINDS, enumName: 'SigningKind', example: 'v1a' })
  kind!: SigningKind;

  /** What receivers check `v1a` signatures with; null for `v1`. */
  @ApiProperty({ type: 'string', nullable: true, example: PUBLIC_KEY })
  public_key!: string | null;

  /** When it was made: RFC 3339 in UTC with milliseconds. */
  @ApiProperty({ ...TIME, example: '2026-11-22T10:00:00.000Z' })
  created_at!: string;

  /** From then on nothing is signed with it; null for the one in use. */
  @ApiProperty({ ...TIME, nullable: true, example: null })
  retires_at!: string | null;
}

@ApiSchema({ name: 'NewSigningSecret' })
export class NewSigningSecretDto extends SigningSecretDto {
  /** The secret itself: shown now and never again. */
  @ApiProperty({ type: 'string', example: 'whsk_…' })
  secret!: string;
}

@ApiSchema({ name: 'SigningSecretPage' })
export class SigningSecretPageDto extends PageDto(SigningSecretDto, 'The youngest first.') {}
