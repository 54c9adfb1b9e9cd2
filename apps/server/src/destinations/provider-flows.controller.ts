import { Body, Controller, Delete, Get, HttpCode, Put } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { PROVIDERS, SMTP_PROVIDER } from '#contracts/email.js';
import { OperatorOnly } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { DestinationFlowsService } from './destination-flows.service.js';
import { PROVIDER_FLOW_PROBLEMS, SET_PROVIDER_FLOW_PROBLEMS } from './destination-routes.problems.js';
import { DestinationFlowDto } from './destinations.dto.js';

/** Limits for what goes to the SMTP server, whosever it is. */
@ApiTags('providers')
@Controller('providers/smtp/flow')
@OperatorOnly()
export class ProviderFlowsController {
  constructor(private readonly flows: DestinationFlowsService) {}

  @Get()
  @ApiOperation({
    summary: 'Limits for all that goes to the SMTP server',
    description:
      'As they were set here. Where there are none, `SMTP_RATE_PER_SECOND` and `SMTP_PARALLELISM` of the workers hold.',
  })
  @ApiResponse({ status: 200, description: 'Empty if there are none.', type: DestinationFlowDto })
  @ApiProblems(PROVIDER_FLOW_PROBLEMS)
  get(): Promise<DestinationFlowDto> {
    return this.flows.get(PROVIDERS, SMTP_PROVIDER);
  }

  @Put()
  @ApiOperation({
    summary: 'Limit all that goes to the SMTP server',
    description:
      'E-mails of all tenants together, across all workers, which know within seconds. What has no place yet waits for ' +
      'one, in the order in which they ask, and costs no attempt.',
  })
  @ApiResponse({ status: 200, description: 'The limits are stored.', type: DestinationFlowDto })
  @ApiProblems(SET_PROVIDER_FLOW_PROBLEMS)
  set(@Body() flow: DestinationFlowDto): Promise<DestinationFlowDto> {
    return this.flows.set(PROVIDERS, SMTP_PROVIDER, flow);
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({
    summary: 'Go back to the limits of the configuration',
    description: 'Workers know within seconds. Where none were set here, it is 204 too.',
  })
  @ApiResponse({ status: 204, description: 'The configuration holds.' })
  @ApiProblems(PROVIDER_FLOW_PROBLEMS)
  remove(): Promise<void> {
    return this.flows.remove(PROVIDERS, SMTP_PROVIDER);
  }
}
