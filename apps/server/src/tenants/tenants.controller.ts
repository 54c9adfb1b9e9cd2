import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { OperatorOnly } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { PageQuery } from '../http/page.dto.js';
import { TenantIdPipe } from './id.pipes.js';
import { TENANT_ID } from '#contracts/tenant.js';
import { ChangeTenantDto, CreateTenantDto, TenantDto, TenantPageDto } from './tenants.dto.js';
import { TENANT_PROBLEMS } from './tenants.problems.js';
import { TenantsService } from './tenants.service.js';

/** The id of a tenant in a path. */
export const TENANT_PARAM = {
  name: 'id',
  description: 'The id of the tenant',
  schema: { type: 'string', pattern: TENANT_ID.source, example: 'acme' },
} as const;

@ApiTags('tenants')
@Controller('tenants')
@OperatorOnly()
export class TenantsController {
  constructor(private readonly tenants: TenantsService) {}

  @Post()
  @ApiOperation({
    summary: 'Create a tenant',
    description: 'It can do nothing yet: make an API key for it.',
  })
  @ApiResponse({
    status: 201,
    description: 'It is there.',
    type: TenantDto,
    headers: { location: { description: 'Path of the tenant', schema: { type: 'string' } } },
  })
  @ApiProblems(TENANT_PROBLEMS.create)
  async create(
    @Body() body: CreateTenantDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TenantDto> {
    void reply.header('location', `/tenants/${body.id}`);
    return this.tenants.create(body);
  }

  @Get()
  @ApiOperation({
    summary: 'List the tenants',
    description: 'In the order of their ids, with those that are disabled.',
  })
  @ApiResponse({ status: 200, description: 'A page of them.', type: TenantPageDto })
  @ApiProblems(TENANT_PROBLEMS.list)
  list(@Query() page: PageQuery): Promise<TenantPageDto> {
    return this.tenants.list(page);
  }

  @Get(':id')
  @ApiOperation({
    summary: 'A tenant and its quotas',
    description: 'A quota that is null is the one of the configuration.',
  })
  @ApiParam(TENANT_PARAM)
  @ApiResponse({ status: 200, description: 'The tenant.', type: TenantDto })
  @ApiProblems(TENANT_PROBLEMS.get)
  get(@Param('id', TenantIdPipe) id: string): Promise<TenantDto> {
    return this.tenants.get(id);
  }

  @Patch(':id')
  @ApiOperation({
    summary: 'Change the name or the quotas of a tenant, disable or enable it',
    description: 'What is not named stays as it is. A quota that is null is that of the configuration again.',
  })
  @ApiParam(TENANT_PARAM)
  @ApiBody({ type: ChangeTenantDto, required: false })
  @ApiResponse({ status: 200, description: 'The tenant as it is now.', type: TenantDto })
  @ApiProblems(TENANT_PROBLEMS.change)
  change(@Param('id', TenantIdPipe) id: string, @Body() body: ChangeTenantDto): Promise<TenantDto> {
    return this.tenants.change(id, body);
  }

  @Delete(':id')
  @ApiOperation({
    summary: 'Disable a tenant',
    description: 'Its API keys are refused from then on. What is pending is delivered all the same.',
  })
  @ApiParam(TENANT_PARAM)
  @ApiResponse({ status: 200, description: 'The tenant as it is now.', type: TenantDto })
  @ApiProblems(TENANT_PROBLEMS.get)
  disable(@Param('id', TenantIdPipe) id: string): Promise<TenantDto> {
    return this.tenants.change(id, { disabled: true });
  }
}
