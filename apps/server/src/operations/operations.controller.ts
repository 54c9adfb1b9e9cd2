import { Controller, Delete, Get, HttpCode, Param } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { UuidPipe } from '../http/uuid.pipe.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { OperationDto } from './operations.dto.js';
import { OPERATION_PROBLEMS } from './operations.problems.js';
import { OperationsService } from './operations.service.js';

const OPERATION_ID = ApiParam({
  name: 'id',
  description: 'The id of the operation',
  schema: { type: 'string', format: 'uuid' },
});

@ApiTags('operations')
@Controller('operations/:id')
export class OperationsController {
  constructor(private readonly operations: OperationsService) {}

  @Get()
  @Scopes('timers:read')
  @ApiOperation({
    summary: 'How far an operation has come',
    description: 'Also while no worker is running, and as long as the records of timers are kept.',
  })
  @OPERATION_ID
  @ApiResponse({ status: 200, description: 'The operation.', type: OperationDto })
  @ApiProblems(OPERATION_PROBLEMS)
  get(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<OperationDto> {
    return this.operations.get(tenant.id, id);
  }

  @Delete()
  @Scopes('timers:write')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Stop an operation',
    description:
      'It stops after the timers that are just being changed; what was done stays done. One that has ended stays as ' +
      'it is.',
  })
  @OPERATION_ID
  @ApiResponse({ status: 202, description: 'It stops, or has ended.', type: OperationDto })
  @ApiProblems(OPERATION_PROBLEMS)
  stop(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<OperationDto> {
    return this.operations.stop(tenant.id, id);
  }
}
