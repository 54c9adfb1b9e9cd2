import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { RequestTenant } from '../tenants/tenant.js';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { PageQuery } from '../http/page.dto.js';
import { UuidPipe } from '../http/uuid.pipe.js';
import {
  CreateSigningSecretDto,
  NewSigningSecretDto,
  RotateSigningSecretDto,
  SigningSecretPageDto,
} from './signing-secrets.dto.js';
import { SIGNING_SECRET_PROBLEMS } from './signing-secrets.problems.js';
import { SigningSecretsService } from './signing-secrets.service.js';

@ApiTags('signing secrets')
@Controller('signing-secrets')
export class SigningSecretsController {
  constructor(private readonly secrets: SigningSecretsService) {}

  @Get()
  @Scopes('secrets:write')
  @ApiOperation({
    summary: 'List the signing secrets',
    description: 'Those that sign, the retiring ones included. The secrets themselves are never shown again.',
  })
  @ApiResponse({ status: 200, description: 'A page of them.', type: SigningSecretPageDto })
  @ApiProblems(SIGNING_SECRET_PROBLEMS.list)
  list(@Tenant() tenant: RequestTenant, @Query() page: PageQuery): Promise<SigningSecretPageDto> {
    return this.secrets.list(tenant.id, page);
  }

  @Post()
  @Scopes('secrets:write')
  @ApiOperation({
    summary: 'Make a signing secret, or give your own',
    description:
      'Deliveries are signed from then on. There is one secret in use for each host and kind: see rotate. The answer has ' +
      'the secret itself; nothing else ever does.',
  })
  @ApiBody({
    type: CreateSigningSecretDto,
    examples: {
      all: { summary: 'For all hosts', value: {} },
      host: { summary: 'For one host, ed25519', value: { host: 'hooks.example.com', kind: 'v1a' } },
    },
  })
  @ApiResponse({ status: 201, description: 'It signs from now on.', type: NewSigningSecretDto })
  @ApiProblems(SIGNING_SECRET_PROBLEMS.create)
  create(
    @Tenant() tenant: RequestTenant,
    @Body() body: CreateSigningSecretDto,
  ): Promise<NewSigningSecretDto> {
    return this.secrets.create(tenant.id, body);
  }

  @Post('rotate')
  @Scopes('secrets:write')
  @ApiOperation({
    summary: 'Replace a signing secret',
    description:
      'Makes a new secret for the same host and kind, which signs at once. The old one signs as well for ' +
      '`overlap_seconds`, so that receivers can change over in that time.',
  })
  @ApiBody({
    type: RotateSigningSecretDto,
    required: false,
    examples: { day: { summary: 'Both sign for a day', value: { overlap_seconds: 86_400 } } },
  })
  @ApiResponse({ status: 201, description: 'The new secret.', type: NewSigningSecretDto })
  @ApiProblems(SIGNING_SECRET_PROBLEMS.rotate)
  rotate(
    @Tenant() tenant: RequestTenant,
    @Body() body: RotateSigningSecretDto,
  ): Promise<NewSigningSecretDto> {
    return this.secrets.rotate(tenant.id, body);
  }

  @Delete(':id')
  @HttpCode(204)
  @Scopes('secrets:write')
  @ApiOperation({
    summary: 'Delete a signing secret',
    description: 'Nothing is signed with it any more. Without another one, deliveries go out unsigned.',
  })
  @ApiParam({ name: 'id', description: 'The id of the secret', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 204, description: 'It is gone.' })
  @ApiProblems(SIGNING_SECRET_PROBLEMS.remove)
  remove(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<void> {
    return this.secrets.remove(tenant.id, id);
  }
}
