import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsIn } from 'class-validator';

const RESOLUTIONS = ['sent', 'resend'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** What a person has found out about a message that nobody knew whether it was taken. */
@ApiSchema({ name: 'ResolveRecipients' })
export class ResolveRecipientsDto {
  /** `sent`: it was taken, or is to count as if. `resend`: it is sent again, with the same id. */
  @ApiProperty({ enum: RESOLUTIONS })
  @IsIn(RESOLUTIONS, { message: `must be one of ${RESOLUTIONS.join(', ')}` })
  as!: Resolution;
}
