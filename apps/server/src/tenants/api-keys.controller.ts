import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { OperatorOnly } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { PageQuery } from '../http/page.dto.js';
import { API_KEY_ID } from './api-key.js';
import { ApiKeyDto, ApiKeyPageDto, CreateApiKeyDto, NewApiKeyDto, RotateApiKeyDto } from './api-keys.dto.js';
import { ApiKeysService } from './api-keys.service.js';
import { ApiKeyIdPipe, TenantIdPipe } from './id.pipes.js';
import { TENANT_PARAM } from './tenants.controller.js';
import { API_KEY_PROBLEMS } from './tenants.problems.js';

const KEY_PARAM = {
  name: 'key_id',
  description: 'The id of the API key',
  schema: { type: 'string', pattern: API_KEY_ID.source, example: '4fQz81LmWc0d' },
} as const;

@ApiTags('tenants')
@Controller('tenants/:id/api-keys')
@OperatorOnly()
@ApiParam(TENANT_PARAM)
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Post()
  @ApiOperation({
    summary: 'Make an API key',
    description: 'The answer has the key itself; nothing else ever does.',
  })
  @ApiResponse({ status: 201, description: 'It works from now on.', type: NewApiKeyDto })
  @ApiProblems(API_KEY_PROBLEMS.create)
  create(@Param('id', TenantIdPipe) tenant: string, @Body() body: CreateApiKeyDto): Promise<NewApiKeyDto> {
    return this.keys.create(tenant, body);
  }

  @Get()
  @ApiOperation({ summary: 'List the API keys of a tenant', description: 'Also those that no longer work.' })
  @ApiResponse({ status: 200, description: 'A page of them.', type: ApiKeyPageDto })
  @ApiProblems(API_KEY_PROBLEMS.list)
  list(@Param('id', TenantIdPipe) tenant: string, @Query() page: PageQuery): Promise<ApiKeyPageDto> {
    return this.keys.list(tenant, page);
  }

  @Delete(':key_id')
  @ApiOperation({ summary: 'Revoke an API key', description: 'Each server refuses it within 5 s.' })
  @ApiParam(KEY_PARAM)
  @ApiResponse({ status: 200, description: 'The key as it is now.', type: ApiKeyDto })
  @ApiProblems(API_KEY_PROBLEMS.revoke)
  revoke(
    @Param('id', TenantIdPipe) tenant: string,
    @Param('key_id', ApiKeyIdPipe) id: string,
  ): Promise<ApiKeyDto> {
    return this.keys.revoke(tenant, id);
  }

  @Post(':key_id/rotate')
  @ApiOperation({
    summary: 'Replace an API key',
    description: 'Makes a new key with the same name and scopes. The old one works on for `overlap_seconds`.',
  })
  @ApiParam(KEY_PARAM)
  @ApiBody({ type: RotateApiKeyDto, required: false })
  @ApiResponse({ status: 201, description: 'The new key.', type: NewApiKeyDto })
  @ApiProblems(API_KEY_PROBLEMS.rotate)
  rotate(
    @Param('id', TenantIdPipe) tenant: string,
    @Param('key_id', ApiKeyIdPipe) id: string,
    @Body() body: RotateApiKeyDto,
  ): Promise<NewApiKeyDto> {
    return this.keys.rotate(tenant, id, body);
  }
}
