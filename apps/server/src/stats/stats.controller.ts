import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { StatsDto, StatsQuery } from './stats.dto.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { STATS_PROBLEMS } from './stats.problems.js';
import { StatsService } from './stats.service.js';

@ApiTags('timers')
@Controller('stats')
export class StatsController {
  constructor(private readonly stats: StatsService) {}

  @Get()
  @Scopes('timers:read')
  @ApiOperation({
    summary: 'How punctual timers were',
    description:
      'Of the timers that are due in a window of time. About a second behind, and needs no worker.',
  })
  @ApiResponse({ status: 200, description: 'Counts and lateness.', type: StatsDto })
  @ApiProblems(STATS_PROBLEMS)
  get(@Tenant() tenant: RequestTenant, @Query() query: StatsQuery): Promise<StatsDto> {
    return this.stats.of(tenant, query);
  }
}
