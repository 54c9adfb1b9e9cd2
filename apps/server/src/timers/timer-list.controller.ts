import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { ListTimersQuery, TimerPageDto } from './timer-list.dto.js';
import { TimerListService } from './timer-list.service.js';
import { LIST_PROBLEMS } from './timer-list.problems.js';

@ApiTags('timers')
@Controller('timers')
export class TimerListController {
  constructor(private readonly timers: TimerListService) {}

  @Get()
  @Scopes('timers:read')
  @ApiOperation({
    summary: 'List timers',
    description:
      'In no particular order. The list is about a second behind, and needs no worker. A page looks at a bounded ' +
      'number of timers: with a filter on labels, host or schedule it may come back short, even empty, though more ' +
      'follow. Go on until `next_cursor` is null. A timer that ends while you page may come twice.',
  })
  @ApiResponse({ status: 200, description: 'A page of timers.', type: TimerPageDto })
  @ApiProblems(LIST_PROBLEMS)
  list(@Tenant() tenant: RequestTenant, @Query() query: ListTimersQuery): Promise<TimerPageDto> {
    return this.timers.page(tenant.id, query);
  }
}
