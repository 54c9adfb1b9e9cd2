import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { DEFAULT_TENANT } from '#contracts/timers.js';
import { ApiProblems } from '../http/api-problem.js';
import { PageQuery } from '../http/page.dto.js';
import { DestinationFlowsService } from './destination-flows.service.js';
import {
  DESTINATION_PROBLEMS,
  FLOW_PROBLEMS,
  LIST_PROBLEMS,
  SET_FLOW_PROBLEMS,
} from './destination-routes.problems.js';
import { DestinationDto, DestinationFlowDto, DestinationPage } from './destinations.dto.js';
import { DestinationsService } from './destinations.service.js';
import { HostPipe } from './host.pipe.js';

const HOST = {
  name: 'host',
  description: 'Host of the urls of timers, with its port where one is written in them',
  schema: { type: 'string', maxLength: 259 },
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
  @ApiOperation({
    summary: 'Destinations that are not healthy',
    description: 'Answers also while no worker is running. The order is not defined.',
  })
  @ApiResponse({ status: 200, description: 'A page of them.', type: DestinationPage })
  @ApiProblems(LIST_PROBLEMS)
  list(@Query() { limit, cursor }: PageQuery): Promise<DestinationPage> {
    return this.destinations.list(DEFAULT_TENANT, limit, cursor);
  }

  @Get(':host')
  @ApiOperation({ summary: 'How a destination stands' })
  @ApiParam(HOST)
  @ApiResponse({ status: 200, description: 'Healthy as long as nothing is known.', type: DestinationDto })
  @ApiProblems(DESTINATION_PROBLEMS)
  get(@Param('host', HostPipe) host: string): Promise<DestinationDto> {
    return this.destinations.get(DEFAULT_TENANT, host);
  }

  @Post(':host/pause')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Send nothing to a destination until it is resumed',
    description:
      'Deliveries wait and cost no attempt; `expires_at` still ends them. Workers know within seconds.',
  })
  @ApiParam(HOST)
  @ApiResponse({ status: 202, description: 'It will be, as soon as a worker has read it.' })
  @ApiProblems(DESTINATION_PROBLEMS)
  pause(@Param('host', HostPipe) host: string): Promise<void> {
    return this.destinations.pause(DEFAULT_TENANT, host);
  }

  @Post(':host/resume')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Send to a destination again, as if it had not failed before',
    description:
      'Workers know within seconds. Deliveries that waited go out within half a minute, where they are many within five.',
  })
  @ApiParam(HOST)
  @ApiResponse({ status: 202, description: 'It will be, as soon as a worker has read it.' })
  @ApiProblems(DESTINATION_PROBLEMS)
  resume(@Param('host', HostPipe) host: string): Promise<void> {
    return this.destinations.resume(DEFAULT_TENANT, host);
  }

  @Get(':host/flow')
  @ApiOperation({ summary: 'Limits for all that goes to a destination' })
  @ApiParam(HOST)
  @ApiResponse({ status: 200, description: 'Empty if there are none.', type: DestinationFlowDto })
  @ApiProblems(FLOW_PROBLEMS)
  getFlow(@Param('host', HostPipe) host: string): Promise<DestinationFlowDto> {
    return this.flows.get(DEFAULT_TENANT, host);
  }

  @Put(':host/flow')
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
    @Param('host', HostPipe) host: string,
    @Body() flow: DestinationFlowDto,
  ): Promise<DestinationFlowDto> {
    return this.flows.set(DEFAULT_TENANT, host, flow);
  }

  @Delete(':host/flow')
  @HttpCode(204)
  @ApiOperation({ summary: 'Limit what goes to a destination no more' })
  @ApiParam(HOST)
  @ApiResponse({ status: 204, description: 'There are no limits.' })
  @ApiProblems(FLOW_PROBLEMS)
  removeFlow(@Param('host', HostPipe) host: string): Promise<void> {
    return this.flows.remove(DEFAULT_TENANT, host);
  }
}
