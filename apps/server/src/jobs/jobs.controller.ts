import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { ApiIdempotencyKey, IdempotencyKey, REPLAYED_HEADER } from '../http/idempotency-key.js';
import { UuidPipe } from '../http/uuid.pipe.js';
import { CountsAgainstQuotas, QUOTA_HEADERS } from '../tenants/quota-headers.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { JobChangesService } from './job-changes.service.js';
import { JobDto, JobPageDto } from './job.dto.js';
import { CreateJobDto, JOB_EXAMPLE, RetryJobDto } from './jobs.dto.js';
import { JobGroupParams, ListJobsQuery } from './list-jobs.dto.js';
import {
  CANCEL_PROBLEMS,
  CREATE_PROBLEMS,
  DECIDE_PROBLEMS,
  GET_PROBLEMS,
  LIST_PROBLEMS,
  RETRY_PROBLEMS,
} from './jobs.problems.js';
import { JobsService } from './jobs.service.js';

const JOB_ID = ApiParam({
  name: 'id',
  description: 'The id of the job',
  schema: { type: 'string', format: 'uuid' },
});

@ApiTags('jobs')
@Controller('jobs')
export class JobsController {
  constructor(
    private readonly jobs: JobsService,
    private readonly changes: JobChangesService,
  ) {}

  @Post()
  @Scopes('jobs:write')
  @CountsAgainstQuotas()
  @ApiOperation({
    summary: 'Start a job',
    description:
      'Answers once the job is stored. Its groups of steps run one after another; one that does not end well is tried ' +
      'again as its type says, and the others are not touched by that.',
  })
  @ApiBody({ type: CreateJobDto, examples: { campaign: { summary: 'A campaign', value: JOB_EXAMPLE } } })
  @ApiIdempotencyKey()
  @ApiResponse({
    status: 201,
    description: 'The job is stored.',
    type: JobDto,
    headers: {
      location: { description: 'Path of the job', schema: { type: 'string' } },
      ...REPLAYED_HEADER,
      ...QUOTA_HEADERS,
    },
  })
  @ApiProblems(CREATE_PROBLEMS)
  async create(
    @Tenant() tenant: RequestTenant,
    @Body() body: CreateJobDto,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobDto> {
    const { job, replayed } = await this.jobs.create(tenant, body, key);
    void reply.header('location', `/jobs/${job.id}`);
    if (replayed) void reply.header('idempotency-replayed', 'true');
    return job;
  }

  @Get()
  @Scopes('jobs:read')
  @ApiOperation({
    summary: 'List jobs',
    description: 'Also while no worker is running. A new job, or a new status, may be missing for a second.',
  })
  @ApiResponse({ status: 200, description: 'One page of them.', type: JobPageDto })
  @ApiProblems(LIST_PROBLEMS)
  list(@Tenant() tenant: RequestTenant, @Query() query: ListJobsQuery): Promise<JobPageDto> {
    return this.jobs.list(tenant, query);
  }

  @Get(':id')
  @Scopes('jobs:read')
  @ApiOperation({ summary: 'How a job stands', description: 'Answers also while no worker is running.' })
  @JOB_ID
  @ApiResponse({ status: 200, description: 'The job.', type: JobDto })
  @ApiProblems(GET_PROBLEMS)
  get(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<JobDto> {
    return this.jobs.get(tenant, id);
  }

  @Delete(':id')
  @Scopes('jobs:write')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Cancel a job',
    description:
      'Nothing of it is begun any more, and what runs is told to stop; what was done stays done. 202 until it has ' +
      'stopped, then 200, however often it is asked for.',
  })
  @JOB_ID
  @ApiResponse({ status: 200, description: 'The job is canceled.', type: JobDto })
  @ApiResponse({ status: 202, description: 'The job is being stopped.', type: JobDto })
  @ApiProblems(CANCEL_PROBLEMS)
  async cancel(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobDto> {
    const { job, isOver } = await this.changes.cancel(tenant, id);
    void reply.status(isOver ? 200 : 202);
    return job;
  }

  @Post(':id/retry')
  @Scopes('jobs:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Go on with a job that has failed or was killed',
    description:
      'From the group on that did not end well. What groups before it have done is not done again.',
  })
  @JOB_ID
  @ApiBody({ type: RetryJobDto, required: false, examples: { asItWas: { value: {} } } })
  @ApiResponse({ status: 200, description: 'The job goes on.', type: JobDto })
  @ApiProblems(RETRY_PROBLEMS)
  retry(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Body() body: RetryJobDto,
  ): Promise<JobDto> {
    return this.changes.retry(tenant, id, body ?? {});
  }

  @Post(':id/groups/:n/retry')
  @Scopes('jobs:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Have an uncertain group run again',
    description: 'For whoever has found out that it did not do its work, or that doing it again is no harm.',
  })
  @ApiResponse({ status: 200, description: 'The group is queued again.', type: JobDto })
  @ApiProblems(DECIDE_PROBLEMS)
  retryGroup(@Tenant() tenant: RequestTenant, @Param() { id, n }: JobGroupParams): Promise<JobDto> {
    return this.changes.decide(tenant, id.toLowerCase(), n, 'retry');
  }

  @Post(':id/groups/:n/skip')
  @Scopes('jobs:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Go on without an uncertain group',
    description: 'For whoever has found out that it did its work. What it had collected is lost.',
  })
  @ApiResponse({ status: 200, description: 'The job goes on with the next group.', type: JobDto })
  @ApiProblems(DECIDE_PROBLEMS)
  skipGroup(@Tenant() tenant: RequestTenant, @Param() { id, n }: JobGroupParams): Promise<JobDto> {
    return this.changes.decide(tenant, id.toLowerCase(), n, 'skip');
  }
}
