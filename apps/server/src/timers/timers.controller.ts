import { Body, Controller, Get, Param, Post, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { UuidPipe } from '../http/uuid.pipe.js';
import { CountsAgainstQuotas, QUOTA_HEADERS } from '../tenants/quota-headers.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { CreateTimerDto, EXAMPLE, TimerDto } from './timers.dto.js';
import { CREATE_PROBLEMS, GET_PROBLEMS } from './timers.problems.js';
import { TimersService } from './timers.service.js';

@ApiTags('timers')
@Controller('timers')
export class TimersController {
  constructor(private readonly timers: TimersService) {}

  @Post()
  @Scopes('timers:write')
  @CountsAgainstQuotas()
  @ApiOperation({
    summary: 'Set a timer',
    description:
      'Answers once the timer is stored. When it is due, a POST with an empty body goes out to its url.',
  })
  @ApiBody({ type: CreateTimerDto, examples: { tenSeconds: { summary: 'In ten seconds', value: EXAMPLE } } })
  @ApiResponse({
    status: 201,
    description: 'The timer is stored.',
    type: TimerDto,
    headers: { location: { description: 'Path of the timer', schema: { type: 'string' } }, ...QUOTA_HEADERS },
  })
  @ApiProblems(CREATE_PROBLEMS)
  async create(
    @Tenant() tenant: RequestTenant,
    @Body() body: CreateTimerDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TimerDto> {
    const timer = await this.timers.create(tenant, body);
    void reply.header('location', `/timers/${timer.id}`);
    return timer;
  }

  @Get(':id')
  @Scopes('timers:read')
  @ApiOperation({ summary: 'How a timer stands', description: 'Answers also while no worker is running.' })
  @ApiParam({ name: 'id', description: 'The id of the timer', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 200, description: 'The timer.', type: TimerDto })
  @ApiProblems(GET_PROBLEMS)
  get(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<TimerDto> {
    return this.timers.get(tenant, id);
  }
}
