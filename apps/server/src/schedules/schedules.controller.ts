import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { ApiIdempotencyKey, IdempotencyKey, REPLAYED_HEADER } from '../http/idempotency-key.js';
import { PageQuery } from '../http/page.dto.js';
import { PatchPipe } from '../http/patch.pipe.js';
import { UuidPipe } from '../http/uuid.pipe.js';
import { CountsAgainstQuotas, QUOTA_HEADERS } from '../tenants/quota-headers.js';
import type { RequestTenant } from '../tenants/tenant.js';
import type { ScheduleKey } from './engine-schedules.js';
import { ExtraRunsService } from './extra-runs.service.js';
import type { Fields } from './schedule-fields.js';
import {
  BackfillDto,
  BackfillStartedDto,
  CreateScheduleDto,
  EVERY_EXAMPLE,
  EXAMPLE,
  ScheduleDto,
  SchedulePageDto,
  ScheduleRunDto,
  ScheduleWithRunsDto,
  UpdateScheduleDto,
} from './schedules.dto.js';
import {
  BACKFILL_PROBLEMS,
  CREATE_PROBLEMS,
  GET_PROBLEMS,
  LIST_PROBLEMS,
  UPDATE_PROBLEMS,
} from './schedules.problems.js';
import { SchedulesService } from './schedules.service.js';

const SCHEDULE_ID = ApiParam({
  name: 'id',
  description: 'The id of the schedule',
  schema: { type: 'string', format: 'uuid' },
});

@ApiTags('schedules')
@Controller('schedules')
export class SchedulesController {
  constructor(
    private readonly schedules: SchedulesService,
    private readonly extraRuns: ExtraRunsService,
  ) {}

  @Post()
  @Scopes('schedules:write')
  @ApiOperation({
    summary: 'Set a schedule',
    description:
      'Each of its runs is a timer, which `GET /timers/{id}` knows, and is sent as punctually as one.',
  })
  @ApiBody({
    type: CreateScheduleDto,
    examples: {
      cron: { summary: 'At nine on weekdays', value: EXAMPLE },
      every: { summary: 'Every 15 minutes, 96 times', value: EVERY_EXAMPLE },
    },
  })
  @ApiIdempotencyKey()
  @ApiResponse({
    status: 201,
    description: 'The schedule is stored.',
    type: ScheduleDto,
    headers: {
      location: { description: 'Path of the schedule', schema: { type: 'string' } },
      ...REPLAYED_HEADER,
    },
  })
  @ApiProblems(CREATE_PROBLEMS)
  async create(
    @Tenant() tenant: RequestTenant,
    @Body() body: CreateScheduleDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScheduleDto> {
    const { schedule, replayed } = await this.schedules.create(tenant, body, idempotencyKey);
    void reply.header('location', `/schedules/${schedule.id}`);
    if (replayed) void reply.header('idempotency-replayed', 'true');
    return schedule;
  }

  @Get()
  @Scopes('schedules:read')
  @ApiOperation({
    summary: 'List schedules',
    description: 'In no particular order. A new one may be missing for a second.',
  })
  @ApiResponse({ status: 200, description: 'One page of them.', type: SchedulePageDto })
  @ApiProblems(LIST_PROBLEMS)
  list(@Tenant() tenant: RequestTenant, @Query() page: PageQuery): Promise<SchedulePageDto> {
    return this.schedules.list(tenant.id, page);
  }

  @Get(':id')
  @Scopes('schedules:read')
  @ApiOperation({
    summary: 'How a schedule stands',
    description: 'With its next and its latest runs. Answers also while no worker is running.',
  })
  @SCHEDULE_ID
  @ApiResponse({ status: 200, description: 'The schedule.', type: ScheduleWithRunsDto })
  @ApiProblems(GET_PROBLEMS)
  get(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<ScheduleWithRunsDto> {
    return this.schedules.get(keyOf(tenant, id));
  }

  @Patch(':id')
  @Scopes('schedules:write')
  @ApiOperation({
    summary: 'Change a schedule',
    description:
      'A field that is given replaces what it was before, null takes it away. Id and runs stay. A run that is due ' +
      'within the next seconds may have been started already, and is sent as it was.',
  })
  @SCHEDULE_ID
  @ApiBody({
    type: UpdateScheduleDto,
    examples: { later: { value: { cron: '0 10 * * MON-FRI', labels: null } } },
  })
  @ApiResponse({ status: 200, description: 'The schedule is changed.', type: ScheduleDto })
  @ApiProblems(UPDATE_PROBLEMS)
  update(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Body(PatchPipe) patch: Fields,
  ): Promise<ScheduleDto> {
    return this.schedules.update(tenant, id, patch);
  }

  @Delete(':id')
  @Scopes('schedules:write')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Delete a schedule',
    description:
      'No further run is begun. Runs whose time has come go on with their retries; `DELETE /timers/{id}` cancels ' +
      'them. Deleting twice is 204.',
  })
  @SCHEDULE_ID
  @ApiResponse({ status: 204, description: 'The schedule is gone.' })
  @ApiProblems(GET_PROBLEMS)
  delete(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<void> {
    return this.schedules.delete(keyOf(tenant, id));
  }

  @Post(':id/pause')
  @Scopes('schedules:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Pause a schedule',
    description: 'No further run is begun until it is resumed. Pausing twice is 200.',
  })
  @SCHEDULE_ID
  @ApiResponse({ status: 200, description: 'The schedule is paused.', type: ScheduleDto })
  @ApiProblems(GET_PROBLEMS)
  pause(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<ScheduleDto> {
    return this.schedules.pause(keyOf(tenant, id));
  }

  @Post(':id/resume')
  @Scopes('schedules:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Resume a schedule',
    description: 'Runs of the time in which it was paused are not made up for; `/backfill` does that.',
  })
  @SCHEDULE_ID
  @ApiResponse({ status: 200, description: 'The schedule is not paused.', type: ScheduleDto })
  @ApiProblems(GET_PROBLEMS)
  resume(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<ScheduleDto> {
    return this.schedules.resume(keyOf(tenant, id));
  }

  @Post(':id/trigger')
  @CountsAgainstQuotas()
  @Scopes('schedules:write')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Have a run now',
    description: 'At the next free second, beside other runs, and also while the schedule is paused.',
  })
  @SCHEDULE_ID
  @ApiResponse({
    status: 202,
    description: 'The run will be sent.',
    type: ScheduleRunDto,
    headers: QUOTA_HEADERS,
  })
  @ApiProblems(GET_PROBLEMS)
  trigger(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<ScheduleRunDto> {
    return this.extraRuns.trigger(tenant, id);
  }

  @Post(':id/backfill')
  @CountsAgainstQuotas()
  @Scopes('schedules:write')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Make up for runs of the past',
    description:
      'Each is sent at once, as the timer with the id that the run of that time has: one that was sent before is sent ' +
      'again with the same `webhook-id`. At most 999 runs.',
  })
  @SCHEDULE_ID
  @ApiResponse({
    status: 202,
    description: 'The runs will be sent.',
    type: BackfillStartedDto,
    headers: QUOTA_HEADERS,
  })
  @ApiProblems(BACKFILL_PROBLEMS)
  backfill(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Body() body: BackfillDto,
  ): Promise<BackfillStartedDto> {
    return this.extraRuns.backfill(tenant, id, body);
  }
}

function keyOf(tenant: RequestTenant, id: string): ScheduleKey {
  return { tenant: tenant.id, id };
}
