import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, IsUUID, MaxLength } from 'class-validator';
import { BLAST_STATUSES, RECIPIENT_STATUSES } from '#contracts/blast.js';
import type { BlastStatus, RecipientStatus } from '#contracts/blast.js';
import { PageQuery } from '../http/page.dto.js';
import { IsStorable } from '../http/plain-text.js';
import { ReadBy } from '../http/to-instance.js';
import { IsWhole, MayBeOmitted } from '../http/validation.js';

const split = (value: unknown) =>
  [value].flat().flatMap((item) => (typeof item === 'string' ? item.split(',') : [item]));

/** Which blasts. */
export class ListBlastsQuery extends PageQuery {
  /** Only blasts in one of these statuses, separated by commas. */
  @ApiProperty({ type: 'array', items: { type: 'string', enum: [...BLAST_STATUSES] }, required: false })
  @ReadBy(split)
  @MayBeOmitted()
  @IsIn(BLAST_STATUSES, { each: true, message: `must be of ${BLAST_STATUSES.join(', ')}` })
  status?: BlastStatus[];
}

/** Which recipients of a blast. */
export class RecipientFilter {
  /** Only recipients in one of these statuses, separated by commas. */
  @ApiProperty({ type: 'array', items: { type: 'string', enum: [...RECIPIENT_STATUSES] }, required: false })
  @ReadBy(split)
  @MayBeOmitted()
  @IsIn(RECIPIENT_STATUSES, { each: true, message: `must be of ${RECIPIENT_STATUSES.join(', ')}` })
  status?: RecipientStatus[];
}

/** Which page of which recipients of a blast. */
export class ListRecipientsQuery extends PageQuery {
  /** Only recipients in one of these statuses, separated by commas. */
  @ApiProperty({ type: 'array', items: { type: 'string', enum: [...RECIPIENT_STATUSES] }, required: false })
  @ReadBy(split)
  @MayBeOmitted()
  @IsIn(RECIPIENT_STATUSES, { each: true, message: `must be of ${RECIPIENT_STATUSES.join(', ')}` })
  status?: RecipientStatus[];

  /** Only recipients with this address, or url, in upper or lower case. */
  @ApiProperty({ type: 'string', maxLength: 2_048, required: false })
  @MayBeOmitted()
  @IsString({ message: 'must be a text' })
  @MaxLength(2_048, { message: 'must be at most 2048 characters' })
  @IsStorable()
  address?: string;
}

/** Which recipient of which blast. */
export class RecipientParams {
  @ApiProperty({ type: 'string', format: 'uuid', description: 'The id of the blast' })
  @ReadBy((value) => (typeof value === 'string' ? value.toLowerCase() : value))
  @IsUUID('all', { message: 'must be a UUID' })
  id!: string;

  @ApiProperty({ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Its `n`' })
  @ReadBy((value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value))
  @IsWhole(0, Number.MAX_SAFE_INTEGER)
  n!: number;
}
