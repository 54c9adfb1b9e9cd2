import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { ApiIdempotencyKey, IdempotencyKey, REPLAYED_HEADER } from '../http/idempotency-key.js';
import { PatchPipe } from '../http/patch.pipe.js';
import { UuidPipe } from '../http/uuid.pipe.js';
import { CountsAgainstQuotas, QUOTA_HEADERS } from '../tenants/quota-headers.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { MODIFY_EXAMPLES, ModifyTimerDto } from './modify-timer.dto.js';
import { CREATE_EXAMPLES, CreateTimerDto, TimerDto } from './timers.dto.js';
import { CHANGE_PROBLEMS, CREATE_PROBLEMS, GET_PROBLEMS, MODIFY_PROBLEMS } from './timers.problems.js';
import { TimersService } from './timers.service.js';
import type { ChangedTimer, Created } from './timers.service.js';

const TIMER_ID = ApiParam({
  name: 'id',
  description: 'The id of the timer',
  schema: { type: 'string', format: 'uuid' },
});

const IF_MATCH = ApiHeader({
  name: 'if-match',
  description: 'The `ETag` of the timer as the client knows it: in another version it is not changed',
  required: false,
  schema: { type: 'string', example: '"0"' },
});

const ETAG_HEADER = { etag: { description: 'Version of the timer', schema: { type: 'string' } } } as const;

const ACCEPTED = {
  status: 202,
  description: 'No worker is running; the change is kept and made as soon as one is.',
  type: TimerDto,
};

@ApiTags('timers')
@Controller('timers')
export class TimersController {
  constructor(private readonly timers: TimersService) {}

  @Post()
  @CountsAgainstQuotas()
  @Scopes('timers:write')
  @ApiOperation({
    summary: 'Set a timer',
    description:
      'Answers once the timer is stored. When it is due, the request goes out to its url: a POST with an empty body ' +
      'unless something else is asked for.',
  })
  @ApiBody({ type: CreateTimerDto, examples: CREATE_EXAMPLES })
  @ApiIdempotencyKey()
  @ApiResponse({
    status: 201,
    description: 'The timer is stored.',
    type: TimerDto,
    headers: {
      location: { description: 'Path of the timer', schema: { type: 'string' } },
      ...ETAG_HEADER,
      ...REPLAYED_HEADER,
      ...QUOTA_HEADERS,
    },
  })
  @ApiProblems(CREATE_PROBLEMS)
  async create(
    @Tenant() tenant: RequestTenant,
    @Body() body: CreateTimerDto,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TimerDto> {
    return created(reply, await this.timers.create(tenant, body, key));
  }

  @Get(':id')
  @Scopes('timers:read')
  @ApiOperation({ summary: 'How a timer stands', description: 'Answers also while no worker is running.' })
  @TIMER_ID
  @ApiResponse({ status: 200, description: 'The timer.', type: TimerDto, headers: ETAG_HEADER })
  @ApiProblems(GET_PROBLEMS)
  async get(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TimerDto> {
    return tagged(reply, await this.timers.get(tenant, id));
  }

  @Delete(':id')
  @Scopes('timers:write')
  @ApiOperation({
    summary: 'Cancel a timer',
    description:
      '200 guarantees that nothing of it is begun any more; once its dispatch has begun the answer is 409. Canceling ' +
      'twice is 200. While no worker is running the answer is 202: the first worker that comes back cancels it before ' +
      'it sends anything that was not begun.',
  })
  @TIMER_ID
  @IF_MATCH
  @ApiResponse({ status: 200, description: 'The timer is canceled.', type: TimerDto, headers: ETAG_HEADER })
  @ApiResponse(ACCEPTED)
  @ApiProblems(CHANGE_PROBLEMS)
  async cancel(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TimerDto> {
    return changed(reply, await this.timers.change(tenant, id, 'cancel', ifMatch));
  }

  @Patch(':id')
  @Scopes('timers:write')
  @ApiOperation({
    summary: 'Change a timer',
    description:
      'A JSON merge patch: what is named is replaced, what is null is taken away. 200 guarantees that the old firing does ' +
      'not happen; once the dispatch has begun the answer is 409. With `If-Match` only the version of that `ETag` is ' +
      'changed.',
  })
  @TIMER_ID
  @IF_MATCH
  @ApiBody({ type: ModifyTimerDto, examples: MODIFY_EXAMPLES })
  @ApiResponse({ status: 200, description: 'The timer is changed.', type: TimerDto, headers: ETAG_HEADER })
  @ApiResponse(ACCEPTED)
  @ApiProblems(MODIFY_PROBLEMS)
  async modify(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Body(PatchPipe) body: Record<string, unknown>,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TimerDto> {
    return changed(reply, await this.timers.modify(tenant, id, body, ifMatch));
  }

  @Post(':id/fire')
  @Scopes('timers:write')
  @HttpCode(200)
  @ApiOperation({ summary: 'Fire a timer now', description: 'Its next attempt is due at once.' })
  @TIMER_ID
  @IF_MATCH
  @ApiResponse({ status: 200, description: 'The timer is due now.', type: TimerDto, headers: ETAG_HEADER })
  @ApiResponse(ACCEPTED)
  @ApiProblems(CHANGE_PROBLEMS)
  async fire(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TimerDto> {
    return changed(reply, await this.timers.change(tenant, id, 'fire', ifMatch));
  }

  @Post(':id/redeliver')
  @Scopes('timers:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Deliver a timer again',
    description:
      'After its end, whether it was delivered, failed or expired: a new series of attempts, with the same `webhook-id`.',
  })
  @TIMER_ID
  @IF_MATCH
  @ApiResponse({ status: 200, description: 'The timer is due now.', type: TimerDto, headers: ETAG_HEADER })
  @ApiResponse(ACCEPTED)
  @ApiProblems(CHANGE_PROBLEMS)
  async redeliver(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TimerDto> {
    return changed(reply, await this.timers.change(tenant, id, 'redeliver', ifMatch));
  }
}

function created(reply: FastifyReply, { timer, replayed }: Created): TimerDto {
  void reply.header('location', `/timers/${timer.id}`);
  if (replayed) void reply.header('idempotency-replayed', 'true');
  return tagged(reply, timer);
}

function changed(reply: FastifyReply, { timer, decided }: ChangedTimer): TimerDto {
  void reply.status(decided ? 200 : 202);
  return tagged(reply, timer);
}

function tagged(reply: FastifyReply, timer: TimerDto): TimerDto {
  if (timer.version !== undefined) void reply.header('etag', `"${timer.version}"`);
  return timer;
}
