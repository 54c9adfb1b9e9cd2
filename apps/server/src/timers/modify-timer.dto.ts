import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { MAX_URL_LENGTH } from '#contracts/webhook-url.js';
import { MayBeOmitted } from '../http/validation.js';
import { TimedDeliveryDto } from './timed-delivery.dto.js';

/**
 * What is to be different: any field that a timer can be set with. What is not named stays as it is; null takes a field
 * away, so that its default holds (`"body": null` is a body, and `"body_base64": null` takes the body away).
 */
@ApiSchema({ name: 'ModifyTimer' })
export class ModifyTimerDto extends TimedDeliveryDto {
  /** Where the request is sent. The rules of POST /timers hold. */
  @ApiProperty({
    type: 'string',
    pattern: '^[hH][tT][tT][pP][sS]?://[^/?#]+',
    maxLength: MAX_URL_LENGTH,
    required: false,
    example: 'https://example.com/hooks/{id}',
  })
  @MayBeOmitted()
  @IsString({ message: 'must be an absolute http:// or https:// URL' })
  url?: string;
}

/** One request for each thing that is often wanted. */
export const MODIFY_EXAMPLES = {
  later: { summary: 'In two hours from now', value: { delay: 'PT2H' } },
  body: { summary: 'Another body', value: { body: { order: 4712 } } },
  forever: { summary: 'Without an end, and by the default plan', value: { expires_at: null, retry: null } },
};
