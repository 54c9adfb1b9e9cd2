import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { ApiIdempotencyKey, IdempotencyKey, REPLAYED_HEADER } from '../http/idempotency-key.js';
import { CountsAgainstQuotas, QUOTA_HEADERS } from '../tenants/quota-headers.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { BATCH_EXAMPLE, CreateTimersDto, TimerResultsDto } from './timers-batch.dto.js';
import { TimersBatchService } from './timers-batch.service.js';
import { BATCH_PROBLEMS } from './timers.problems.js';

@ApiTags('timers')
@Controller('timers/batch')
export class TimersBatchController {
  constructor(private readonly batches: TimersBatchService) {}

  @Post()
  @HttpCode(200)
  @CountsAgainstQuotas()
  @Scopes('timers:write')
  @ApiOperation({
    summary: 'Set up to 1,000 timers',
    description:
      'Each is set, or refused, as if it had come alone, and the answer tells of each in their order. It is 200 also if ' +
      'some or all were refused; only if the engine could store none it is 503. With an `Idempotency-Key` a batch ' +
      'that was stored in part is completed by sending it again.',
  })
  @ApiBody({ type: CreateTimersDto, examples: { two: { summary: 'Two timers', value: BATCH_EXAMPLE } } })
  @ApiIdempotencyKey()
  @ApiResponse({
    status: 200,
    description: 'What came of each timer.',
    type: TimerResultsDto,
    headers: { ...REPLAYED_HEADER, ...QUOTA_HEADERS },
  })
  @ApiProblems(BATCH_PROBLEMS)
  async create(
    @Tenant() tenant: RequestTenant,
    @Body() body: CreateTimersDto,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TimerResultsDto> {
    const { results, replayed } = await this.batches.create(tenant, body, key);
    if (replayed) void reply.header('idempotency-replayed', 'true');
    return { results };
  }
}
