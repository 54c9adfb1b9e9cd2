import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsArray } from 'class-validator';

/** In base64: encoding `binary/encrypted`, and the id of the key. */
export const ENCRYPTED_EXAMPLE = {
  metadata: { encoding: 'YmluYXJ5L2VuY3J5cHRlZA==', 'encryption-key-id': 'azE=' },
  data: 'rwmIbLJ1eMzGSGsO/0ZJ4ILfN6pY37ZZ5RHZ+Q3BeDfyjS2Zd1Q4o3KqYQ==',
};

/** In base64: encoding `json/plain`, and `"hello"`. */
export const PLAIN_EXAMPLE = { metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'ImhlbGxvIg==' };

/** A payload as Temporal writes it in JSON. */
@ApiSchema({ name: 'CodecPayload' })
export class CodecPayloadDto {
  /** What the data is: each value in base64. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string', format: 'byte' } })
  metadata?: Record<string, string>;

  /** The data itself, in base64. Null stands for none, as everywhere in JSON of Protocol Buffers. */
  @ApiProperty({ type: 'string', format: 'byte', nullable: true })
  data?: string | null;
}

/** What the routes of the codec server take, and answer with in the same order. */
@ApiSchema({ name: 'CodecPayloads' })
export class CodecPayloadsDto {
  /** Payloads in any mixture: those that are not encrypted pass through a decoding. */
  @IsArray({ message: 'must be a list of payloads' })
  payloads!: CodecPayloadDto[];
}
