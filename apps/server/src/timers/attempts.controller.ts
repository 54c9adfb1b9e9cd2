import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { UuidPipe } from '../http/uuid.pipe.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { attemptDto, AttemptsDto } from './attempts.dto.js';
import { ATTEMPTS_PROBLEMS } from './attempts.problems.js';
import { AttemptsService } from './attempts.service.js';

@ApiTags('timers')
@Controller('timers/:id/attempts')
export class AttemptsController {
  constructor(private readonly attempts: AttemptsService) {}

  @Get()
  @Scopes('timers:read')
  @ApiOperation({
    summary: 'Every attempt of a timer',
    description: 'Those that have ended, with what came of them. Needs a running worker.',
  })
  @ApiParam({ name: 'id', description: 'The id of the timer', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 200, description: 'The attempts.', type: AttemptsDto })
  @ApiProblems(ATTEMPTS_PROBLEMS)
  async list(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<AttemptsDto> {
    return { data: (await this.attempts.of(tenant.id, id)).map(attemptDto) };
  }
}
