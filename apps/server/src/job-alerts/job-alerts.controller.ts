import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { jobOwner } from '../jobs/job-owner.js';
import { JobScopeQuery } from '../jobs/job-scope.dto.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { TenantAlertsDto } from './job-alerts.dto.js';
import { GET_PROBLEMS, SET_PROBLEMS } from './job-alerts.problems.js';
import { JobAlertsService } from './job-alerts.service.js';

@ApiTags('job alerts')
@Controller('job-alerts')
export class JobAlertsController {
  constructor(private readonly alerts: JobAlertsService) {}

  @Get()
  @Scopes('jobs:read')
  @ApiOperation({
    summary: 'Who is told when something is wrong with a job',
    description: 'Those whom the tenant has named; a job and its type may name others.',
  })
  @ApiResponse({ status: 200, description: 'Empty if nobody is.', type: TenantAlertsDto })
  @ApiProblems(GET_PROBLEMS)
  get(@Tenant() tenant: RequestTenant, @Query() { scope }: JobScopeQuery): Promise<TenantAlertsDto> {
    return this.alerts.get(jobOwner(tenant, scope));
  }

  @Put()
  @Scopes('jobs:write')
  @ApiOperation({
    summary: 'Say who is told when something is wrong with a job',
    description:
      'When one of the jobs will be killed soon, was killed, has failed, or needs a decision; beside those whom the job ' +
      'and its type name. Replaces those who were named before; where both lists are empty, nobody is told.',
  })
  @ApiBody({
    type: TenantAlertsDto,
    examples: {
      both: { value: { webhooks: ['https://example.com/alerts'], emails: ['oncall@example.com'] } },
      nobody: { value: { webhooks: [], emails: [] } },
    },
  })
  @ApiResponse({ status: 200, description: 'They are told from now on.', type: TenantAlertsDto })
  @ApiProblems(SET_PROBLEMS)
  set(
    @Tenant() tenant: RequestTenant,
    @Body() wanted: TenantAlertsDto,
    @Query() { scope }: JobScopeQuery,
  ): Promise<TenantAlertsDto> {
    return this.alerts.set(jobOwner(tenant, scope), wanted);
  }
}
