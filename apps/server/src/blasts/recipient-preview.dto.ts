import { ApiProperty, ApiSchema } from '@nestjs/swagger';

/** What one recipient of a blast gets. */
@ApiSchema({ name: 'RecipientPreview' })
export class RecipientPreviewDto {
  /** Of a mail; null otherwise. */
  @ApiProperty({ type: 'string', nullable: true, example: 'News for Ada' })
  subject!: string | null;

  /** Likewise; null if it has none. */
  @ApiProperty({ type: 'string', nullable: true, example: 'Hello Ada' })
  text!: string | null;

  /** Likewise. */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  html!: string | null;

  /** Of a request: where it goes; null of a mail. */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  url!: string | null;

  /** Likewise: what it says. */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  body!: string | null;

  /** Why the message can not be made, such as a variable that is missing: the recipient would be `failed`. Null if it can. */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  problem!: string | null;
}
