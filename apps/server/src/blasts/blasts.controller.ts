import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { ApiIdempotencyKey, IdempotencyKey, REPLAYED_HEADER } from '../http/idempotency-key.js';
import { UuidPipe } from '../http/uuid.pipe.js';
import { CountsAgainstQuotas, QUOTA_HEADERS } from '../tenants/quota-headers.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { BlastChangesService } from './blast-changes.service.js';
import { BlastDto, BlastPageDto } from './blast.dto.js';
import {
  CHANGE_PROBLEMS,
  CREATE_PROBLEMS,
  GET_PROBLEMS,
  LIST_PROBLEMS,
  REMOVE_PROBLEMS,
  RETRY_PROBLEMS,
  statusProblemsOf,
} from './blasts.problems.js';
import { BlastsService } from './blasts.service.js';
import { ChangeBlastDto, RetryBlastDto } from './change-blast.dto.js';
import {
  CreateBlastDto,
  EMAIL_BLAST_EXAMPLE,
  LOCAL_BLAST_EXAMPLE,
  WEBHOOK_BLAST_EXAMPLE,
} from './create-blast.dto.js';
import { ListBlastsQuery } from './list-blasts.dto.js';

const ID = ApiParam({
  name: 'id',
  description: 'The id of the blast',
  schema: { type: 'string', format: 'uuid' },
});

const EXAMPLES = {
  email: { summary: 'Mail', value: EMAIL_BLAST_EXAMPLE },
  webhook: { summary: 'Signed requests', value: WEBHOOK_BLAST_EXAMPLE },
  local: { summary: 'At the same time of day for each, where they are', value: LOCAL_BLAST_EXAMPLE },
};

@ApiTags('blasts')
@Controller('blasts')
export class BlastsController {
  constructor(
    private readonly blasts: BlastsService,
    private readonly changes: BlastChangesService,
  ) {}

  @Post()
  @Scopes('blasts:write')
  @CountsAgainstQuotas()
  @ApiOperation({
    summary: 'Create a blast',
    description:
      'One message to many recipients, which are uploaded next. With `scheduled_at` it starts by itself, else when it is ' +
      'told to.',
  })
  @ApiBody({ type: CreateBlastDto, examples: EXAMPLES })
  @ApiIdempotencyKey()
  @ApiResponse({
    status: 201,
    description: 'The blast is stored.',
    type: BlastDto,
    headers: {
      location: { description: 'Path of the blast', schema: { type: 'string' } },
      ...REPLAYED_HEADER,
      ...QUOTA_HEADERS,
    },
  })
  @ApiProblems(CREATE_PROBLEMS)
  async create(
    @Tenant() tenant: RequestTenant,
    @Body() body: CreateBlastDto,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BlastDto> {
    const { blast, replayed } = await this.blasts.create(tenant, body, key);
    void reply.header('location', `/blasts/${blast.id}`);
    if (replayed) void reply.header('idempotency-replayed', 'true');
    return blast;
  }

  @Get()
  @Scopes('blasts:read')
  @ApiOperation({
    summary: 'List blasts',
    description: 'The newest first, without counting their recipients.',
  })
  @ApiResponse({ status: 200, description: 'A page of them.', type: BlastPageDto })
  @ApiProblems(LIST_PROBLEMS)
  list(@Tenant() tenant: RequestTenant, @Query() query: ListBlastsQuery): Promise<BlastPageDto> {
    return this.blasts.list(tenant.id, query);
  }

  @Get(':id')
  @Scopes('blasts:read')
  @ApiOperation({
    summary: 'How a blast stands',
    description: 'Its recipients are counted at one moment: the total is always the sum of the statuses.',
  })
  @ID
  @ApiResponse({ status: 200, description: 'The blast.', type: BlastDto })
  @ApiProblems(GET_PROBLEMS)
  get(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<BlastDto> {
    return this.blasts.get(tenant.id, id);
  }

  @Patch(':id')
  @Scopes('blasts:write')
  @ApiOperation({
    summary: 'Change a blast',
    description:
      'Also while it runs: another `rate` or `parallelism` holds within a second. What is left out stays as it is.',
  })
  @ID
  @ApiBody({ type: ChangeBlastDto, examples: { faster: { value: { rate: 200, parallelism: 64 } } } })
  @ApiResponse({ status: 200, description: 'The blast as it is now.', type: BlastDto })
  @ApiProblems(CHANGE_PROBLEMS)
  change(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Body() body: ChangeBlastDto,
  ): Promise<BlastDto> {
    return this.changes.change(tenant.id, id, body);
  }

  @Delete(':id')
  @Scopes('blasts:write')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Delete a blast',
    description: 'A draft, or one that has ended, with all that is known of its recipients.',
  })
  @ID
  @ApiResponse({ status: 204, description: 'It is gone.' })
  @ApiProblems(REMOVE_PROBLEMS)
  remove(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<void> {
    return this.changes.remove(tenant.id, id);
  }

  @Post(':id/start')
  @Scopes('blasts:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Start a blast',
    description:
      'Its list is made: who is on it twice, when each gets it. From then on it takes no recipients. One that is scheduled for ' +
      'later begins now.',
  })
  @ID
  @ApiResponse({ status: 200, description: 'It is started.', type: BlastDto })
  @ApiProblems(statusProblemsOf('start'))
  start(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<BlastDto> {
    return this.changes.start(tenant.id, id);
  }

  @Post(':id/pause')
  @Scopes('blasts:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Pause a blast',
    description: 'Nothing more is begun, within a second at most; what is under way ends.',
  })
  @ID
  @ApiResponse({ status: 200, description: 'It is paused.', type: BlastDto })
  @ApiProblems(statusProblemsOf('pause'))
  pause(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<BlastDto> {
    return this.changes.pause(tenant.id, id);
  }

  @Post(':id/resume')
  @Scopes('blasts:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Go on with a blast that is paused',
    description: 'Whyever it is: see its `reason`.',
  })
  @ID
  @ApiResponse({ status: 200, description: 'It goes on.', type: BlastDto })
  @ApiProblems(statusProblemsOf('resume'))
  resume(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<BlastDto> {
    return this.changes.resume(tenant.id, id);
  }

  @Post(':id/cancel')
  @Scopes('blasts:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Cancel a blast',
    description: 'What was not begun is canceled, what is under way ends. `ending` until that is done.',
  })
  @ID
  @ApiResponse({ status: 200, description: 'It is being canceled, or is.', type: BlastDto })
  @ApiProblems(statusProblemsOf('cancel'))
  cancel(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<BlastDto> {
    return this.changes.cancel(tenant.id, id);
  }

  @Post(':id/retry')
  @Scopes('blasts:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Send again to those who have failed',
    description: 'And to nobody else. For a blast that has ended or is paused.',
  })
  @ID
  @ApiBody({ type: RetryBlastDto, required: false, examples: { asItWas: { value: {} } } })
  @ApiResponse({ status: 200, description: 'It goes on with them.', type: BlastDto })
  @ApiProblems(RETRY_PROBLEMS)
  retry(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Body() body: RetryBlastDto,
  ): Promise<BlastDto> {
    return this.changes.retry(tenant.id, id, body ?? {});
  }
}
