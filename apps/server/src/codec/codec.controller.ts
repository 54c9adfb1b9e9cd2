import { Body, Controller, Get, Headers, HttpCode, Options, Post } from '@nestjs/common';
import {
  ApiBasicAuth,
  ApiBearerAuth,
  ApiBody,
  ApiExcludeEndpoint,
  ApiHeader,
  ApiOperation,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problem.js';
import { CodecPayloadsDto, ENCRYPTED_EXAMPLE, PLAIN_EXAMPLE } from './codec.dto.js';
import { DECODE_PROBLEMS, ENCODE_PROBLEMS, SIGN_IN_PROBLEMS } from './codec.problems.js';
import { CodecService } from './codec.service.js';

const SIGNED_IN = { status: 'ok' };
const PLAIN = { hello: { summary: '"hello" in plain text', value: { payloads: [PLAIN_EXAMPLE] } } };
const ENCRYPTED = { hello: { summary: 'One encrypted payload', value: { payloads: [ENCRYPTED_EXAMPLE] } } };
const NAMESPACE = {
  name: 'x-namespace',
  description: 'The namespace that the payloads are from; if it is there, it must be ours.',
  required: false,
  schema: { type: 'string', example: 'default' },
} as const;

/** The codec server protocol of Temporal's UI and CLI. Who may call is asked in `guardCodec`. */
@ApiTags('codec')
@ApiBearerAuth('codecToken')
@ApiBasicAuth('codecPassword')
@Controller('codec')
export class CodecController {
  constructor(private readonly codec: CodecService) {}

  @Get()
  @ApiOperation({
    summary: 'Sign a browser in',
    description:
      'The browser asks for a password, and from then on sends it along with what the Temporal UI asks.',
  })
  @ApiResponse({ status: 200, description: 'The token is right.', schema: { example: SIGNED_IN } })
  @ApiProblems(SIGN_IN_PROBLEMS)
  signIn(): typeof SIGNED_IN {
    return SIGNED_IN;
  }

  @Post('decode')
  @HttpCode(200)
  @ApiOperation({ summary: 'Decrypt payloads', description: "For Temporal's UI and CLI." })
  @ApiHeader(NAMESPACE)
  @ApiBody({ type: CodecPayloadsDto, examples: ENCRYPTED })
  @ApiResponse({ status: 200, description: 'In plain text.', type: CodecPayloadsDto, examples: PLAIN })
  @ApiProblems(DECODE_PROBLEMS)
  decode(
    @Headers('x-namespace') namespace: string | undefined,
    @Body() body: CodecPayloadsDto,
  ): Promise<CodecPayloadsDto> {
    return this.codec.decode(namespace, body);
  }

  @Post('encode')
  @HttpCode(200)
  @ApiOperation({ summary: 'Encrypt payloads', description: "For Temporal's UI and CLI." })
  @ApiHeader(NAMESPACE)
  @ApiBody({ type: CodecPayloadsDto, examples: PLAIN })
  @ApiResponse({ status: 200, description: 'Encrypted.', type: CodecPayloadsDto, examples: ENCRYPTED })
  @ApiProblems(ENCODE_PROBLEMS)
  encode(
    @Headers('x-namespace') namespace: string | undefined,
    @Body() body: CodecPayloadsDto,
  ): Promise<CodecPayloadsDto> {
    return this.codec.encode(namespace, body);
  }

  @Options(['decode', 'encode'])
  @HttpCode(204)
  @ApiExcludeEndpoint()
  preflight(): void {
    // The headers say it all.
  }
}
