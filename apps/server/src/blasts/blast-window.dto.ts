import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, IsString, Matches } from 'class-validator';
import { MayBeOmitted } from '../http/validation.js';

const CLOCK = '^([01][0-9]|2[0-3]):[0-5][0-9]$';
const CLOCK_OR_END = '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$';
const DAYS = { message: 'must be a list of days: 1 for Monday to 7 for Sunday, each once' };

/** Between which times of day messages go out, where the recipient is. */
@ApiSchema({ name: 'BlastWindow' })
export class BlastWindowDto {
  @ApiProperty({ type: 'string', pattern: CLOCK, example: '09:00' })
  @IsString({ message: 'must be a time of day such as 09:00' })
  @Matches(new RegExp(CLOCK), { message: 'must be a time of day such as 09:00' })
  from!: string;

  /** The window goes over midnight if it ends before it begins. */
  @ApiProperty({ type: 'string', pattern: CLOCK_OR_END, example: '17:30' })
  @IsString({ message: 'must be a time of day such as 17:30, or 24:00' })
  @Matches(new RegExp(CLOCK_OR_END), { message: 'must be a time of day such as 17:30, or 24:00' })
  until!: string;

  /** Days on which it begins: 1 is Monday, 7 Sunday. Default: every day. */
  @ApiProperty({
    ...{ type: 'array', items: { type: 'integer', minimum: 1, maximum: 7 }, uniqueItems: true },
    ...{ minItems: 1, maxItems: 7, required: false, example: [1, 2, 3, 4, 5] },
  })
  @MayBeOmitted()
  @IsArray(DAYS)
  @ArrayMinSize(1, DAYS)
  @ArrayMaxSize(7, DAYS)
  @ArrayUnique(DAYS)
  @IsIn([1, 2, 3, 4, 5, 6, 7], { each: true, ...DAYS })
  days?: number[];
}
