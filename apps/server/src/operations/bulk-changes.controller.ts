import { Body, Controller, Delete, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { BulkFilterDto, OPERATION_EXAMPLE, OperationDto } from './operations.dto.js';
import { CANCEL_PROBLEMS, REDELIVER_PROBLEMS } from './operations.problems.js';
import { OperationsService } from './operations.service.js';

const ACCEPTED = {
  status: 202,
  description: 'The operation is stored and goes on in the background.',
  type: OperationDto,
  headers: { location: { description: 'Path of the operation', schema: { type: 'string' } } },
} as const;

@ApiTags('operations')
@Controller('timers')
export class BulkChangesController {
  constructor(private readonly operations: OperationsService) {}

  @Post('redeliver')
  @Scopes('timers:write')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Deliver many timers again',
    description:
      'In the background: those that had failed or expired when it was asked for, or that were delivered, if `status` ' +
      'says so. Each gets a new series of attempts with the same `webhook-id`. Where nothing else is given, `all` must ' +
      'be true.',
  })
  @ApiBody({
    type: BulkFilterDto,
    examples: { deadLetters: { summary: 'All dead letters of a host', value: OPERATION_EXAMPLE } },
  })
  @ApiResponse(ACCEPTED)
  @ApiProblems(REDELIVER_PROBLEMS)
  async redeliver(
    @Tenant() tenant: RequestTenant,
    @Body() filter: BulkFilterDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperationDto> {
    return located(reply, await this.operations.start(tenant.id, 'redeliver', filter));
  }

  @Delete()
  @Scopes('timers:write')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Cancel many timers',
    description:
      'In the background: those that were set before it was asked for and have not ended. Where nothing else is given, ' +
      '`all` must be true.',
  })
  @ApiResponse(ACCEPTED)
  @ApiProblems(CANCEL_PROBLEMS)
  async cancel(
    @Tenant() tenant: RequestTenant,
    @Query() filter: BulkFilterDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperationDto> {
    return located(reply, await this.operations.start(tenant.id, 'cancel', filter));
  }
}

function located(reply: FastifyReply, operation: OperationDto): OperationDto {
  void reply.header('location', `/operations/${operation.id}`);
  return operation;
}
