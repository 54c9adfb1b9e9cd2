import { ApiProperty, ApiSchema, PartialType, PickType } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { IsInstant } from '../http/rfc3339.js';
import { IsWhole, MayBeOmitted, Nested, UnlessNull } from '../http/validation.js';
import { BlastEmailDto, BlastWebhookDto } from './blast-content.dto.js';
import { BlastWindowDto } from './blast-window.dto.js';
import { CreateBlastDto, MAX_PARALLELISM, TIME, ZONE } from './create-blast.dto.js';

/**
 * What is left out stays as it is; null takes a limit away. `email` or `webhook`, whichever it has, as a whole and only while
 * nobody is being sent to: it is a draft, scheduled, paused, or has ended.
 */
@ApiSchema({ name: 'ChangeBlast' })
export class ChangeBlastDto extends PartialType(
  PickType(CreateBlastDto, ['name', 'rate', 'kill_at', 'max_failure_rate']),
  { skipNullProperties: false },
) {
  /** What goes out from now on, where the channel is `email`. Who has it already gets nothing more. */
  // Here and below not of the class above: types of objects are not inherited from it.
  @ApiProperty({ type: BlastEmailDto, required: false })
  @MayBeOmitted()
  @Nested(BlastEmailDto)
  email?: BlastEmailDto;

  /** Likewise, where it is `webhook`. With a `url` if it had one. */
  @ApiProperty({ type: BlastWebhookDto, required: false })
  @MayBeOmitted()
  @Nested(BlastWebhookDto)
  webhook?: BlastWebhookDto;

  /** Messages under way at a time, at all workers together: 1 to 1,000. */
  // Not of the class above, which gives it the default of a new blast.
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_PARALLELISM, required: false })
  @MayBeOmitted()
  @IsWhole(1, MAX_PARALLELISM)
  parallelism?: number;

  /** As in `POST /blasts`; only while it is `draft` or `scheduled`. */
  @ApiProperty({ type: 'string', maxLength: 40, required: false })
  @MayBeOmitted()
  @IsString(TIME)
  scheduled_at?: string;

  /** Likewise. */
  @ApiProperty({ type: 'string', maxLength: 64, required: false })
  @MayBeOmitted()
  @IsString(ZONE)
  timezone?: string;

  /** Likewise; null takes it away. */
  @ApiProperty({ type: BlastWindowDto, nullable: true, required: false })
  @UnlessNull()
  @Nested(BlastWindowDto)
  window?: BlastWindowDto | null;
}

/** How a blast goes on that has ended, or is paused. */
@ApiSchema({ name: 'RetryBlast' })
export class RetryBlastDto {
  /** Its new `kill_at`. Default: as it was, or none where that is over. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false })
  @MayBeOmitted()
  @IsInstant()
  kill_at?: string;
}
