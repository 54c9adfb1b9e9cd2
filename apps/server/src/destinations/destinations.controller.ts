import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { PageQuery } from '../http/page.dto.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { DestinationFlowsService } from './destination-flows.service.js';
import {
  DESTINATION_PROBLEMS,
  FLOW_PROBLEMS,
  LIST_PROBLEMS,
  SET_FLOW_PROBLEMS,
} from './destination-routes.problems.js';
import { DestinationDto, DestinationFlowDto, DestinationPageDto } from './destinations.dto.js';
import { DestinationsService } from './destinations.service.js';
import { HostPipe, MAX_HOST_LENGTH } from './host.pipe.js';

const HOST = {
  name: 'host',
  description: 'Host of the urls of timers, with its port where one is written in them',
  schema: { type: 'string', maxLength: MAX_HOST_LENGTH },
  example: 'hooks.example.com',
} as const;

@ApiTags('destinations')
@Controller('destinations')
export class DestinationsController {
  constructor(
    private readonly destinations: DestinationsService,
    private readonly flows: DestinationFlowsService,
  ) {}

  @Get()
  @Scopes('timers:read')
  @ApiOperation({
    summary: 'Destinations that are not healthy',
    description: 'Answers also while no worker is running. The order is not defined.',
  })
  @ApiResponse({ status: 200, description: 'A page of them.', type: DestinationPageDto })
  @ApiProblems(LIST_PROBLEMS)
  list(@Tenant() tenant: RequestTenant, @Query() page: PageQuery): Promise<DestinationPageDto> {
    return this.destinations.list(tenant.id, page);
  }

  @Get(':host')
  @Scopes('timers:read')
  @ApiOperation({
    summary: 'How a destination stands',
    description: 'Answers also while no worker is running.',
  })
  @ApiParam(HOST)
  @ApiResponse({ status: 200, description: 'Healthy as long as nothing is known.', type: DestinationDto })
  @ApiProblems(DESTINATION_PROBLEMS)
  get(@Tenant() tenant: RequestTenant, @Param('host', HostPipe) host: string): Promise<DestinationDto> {
    return this.destinations.get(tenant.id, host);
  }

  @Post(':host/pause')
  @Scopes('timers:write')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Send nothing to a destination until it is resumed',
    description:
      'Deliveries wait and cost no attempt; `expires_at` still ends them. Workers know within seconds.',
  })
  @ApiParam(HOST)
  @ApiResponse({ status: 202, description: 'It will be, as soon as a worker has read it.' })
  @ApiProblems(DESTINATION_PROBLEMS)
  pause(@Tenant() tenant: RequestTenant, @Param('host', HostPipe) host: string): Promise<void> {
    return this.destinations.pause(tenant.id, host);
  }

  @Post(':host/resume')
  @Scopes('timers:write')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Send to a destination again, as if it had not failed before',
    description:
      'Workers know within seconds. Deliveries that waited go out within half a minute, where they are many within five.',
  })
  @ApiParam(HOST)
  @ApiResponse({ status: 202, description: 'It will be, as soon as a worker has read it.' })
  @ApiProblems(DESTINATION_PROBLEMS)
  resume(@Tenant() tenant: RequestTenant, @Param('host', HostPipe) host: string): Promise<void> {
    return this.destinations.resume(tenant.id, host);
  }

  @Get(':host/flow')
  @Scopes('timers:read')
  @ApiOperation({
    summary: 'Limits for all that goes to a destination',
    description: 'As they were set. Limits of single timers are not among them.',
  })
  @ApiParam(HOST)
  @ApiResponse({ status: 200, description: 'Empty if there are none.', type: DestinationFlowDto })
  @ApiProblems(FLOW_PROBLEMS)
  getFlow(
    @Tenant() tenant: RequestTenant,
    @Param('host', HostPipe) host: string,
  ): Promise<DestinationFlowDto> {
    return this.flows.get(tenant.id, host);
  }

  @Put(':host/flow')
  @Scopes('timers:write')
  @ApiOperation({
    summary: 'Limit all that goes to a destination',
    description:
      'On top of the limits of single timers, across all workers, which know within seconds. A delivery that has no ' +
      'place yet waits for one, in the order in which they ask, and costs no attempt.',
  })
  @ApiParam(HOST)
  @ApiResponse({ status: 200, description: 'The limits are stored.', type: DestinationFlowDto })
  @ApiProblems(SET_FLOW_PROBLEMS)
  setFlow(
    @Tenant() tenant: RequestTenant,
    @Param('host', HostPipe) host: string,
    @Body() flow: DestinationFlowDto,
  ): Promise<DestinationFlowDto> {
    return this.flows.set(tenant.id, host, flow);
  }

  @Delete(':host/flow')
  @Scopes('timers:write')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Limit what goes to a destination no more',
    description:
      'Workers know within seconds. Limits of single timers stay. Where there are none, it is 204 too.',
  })
  @ApiParam(HOST)
  @ApiResponse({ status: 204, description: 'There are no limits.' })
  @ApiProblems(FLOW_PROBLEMS)
  removeFlow(@Tenant() tenant: RequestTenant, @Param('host', HostPipe) host: string): Promise<void> {
    return this.flows.remove(tenant.id, host);
  }
}
