import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { jobOwner } from '../jobs/job-owner.js';
import { JobScopeQuery } from '../jobs/job-scope.dto.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { LIST_NAME, RESULT_NAME, ResultNamePipe } from './result-name.pipe.js';
import { ListItemsQuery, ResultDto, ResultItemPageDto, ResultListDto } from './results.dto.js';
import { GET_PROBLEMS, LIST_PROBLEMS, REMOVE_PROBLEMS } from './results.problems.js';
import { ResultsService } from './results.service.js';

const NAME = {
  name: 'name',
  description: 'The name of the result, such as `type:of`',
  schema: { type: 'string', pattern: RESULT_NAME },
  example: 'coupon-campaign:spring',
} as const;

const LIST = {
  name: 'list',
  description: 'The name of one of its lists',
  schema: { type: 'string', pattern: LIST_NAME },
  example: 'failures',
} as const;

const namePipe = new ResultNamePipe('name', RESULT_NAME);
const listPipe = new ResultNamePipe('list', LIST_NAME);

@ApiTags('results')
@ApiExtraModels(ResultListDto)
@Controller('results')
export class ResultsController {
  constructor(private readonly results: ResultsService) {}

  @Get(':name')
  @Scopes('jobs:read')
  @ApiOperation({
    summary: 'What jobs have added up',
    description: 'Also while they run: all that the groups have added which have ended well by now.',
  })
  @ApiParam(NAME)
  @ApiResponse({ status: 200, description: 'The result so far.', type: ResultDto })
  @ApiProblems(GET_PROBLEMS)
  get(
    @Tenant() tenant: RequestTenant,
    @Param('name', namePipe) name: string,
    @Query() { scope }: JobScopeQuery,
  ): Promise<ResultDto> {
    return this.results.get({ owner: jobOwner(tenant, scope), name });
  }

  @Get(':name/lists/:list')
  @Scopes('jobs:read')
  @ApiOperation({
    summary: 'Items of a list of a result',
    description:
      'In the order in which they were added; what is added meanwhile comes on later pages. A list that nothing was ' +
      'added to is empty.',
  })
  @ApiParam(NAME)
  @ApiParam(LIST)
  @ApiResponse({ status: 200, description: 'A page of them.', type: ResultItemPageDto })
  @ApiProblems(LIST_PROBLEMS)
  items(
    @Tenant() tenant: RequestTenant,
    @Param('name', namePipe) name: string,
    @Param('list', listPipe) list: string,
    @Query() query: ListItemsQuery,
  ): Promise<ResultItemPageDto> {
    return this.results.items({ owner: jobOwner(tenant, query.scope), name }, list, query);
  }

  @Delete(':name')
  @Scopes('jobs:write')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Delete a result',
    description:
      'With its lists. What jobs add from then on begins it anew. Where there is none, it is 204 too.',
  })
  @ApiParam(NAME)
  @ApiResponse({ status: 204, description: 'There is no such result any more.' })
  @ApiProblems(REMOVE_PROBLEMS)
  remove(
    @Tenant() tenant: RequestTenant,
    @Param('name', namePipe) name: string,
    @Query() { scope }: JobScopeQuery,
  ): Promise<void> {
    return this.results.remove({ owner: jobOwner(tenant, scope), name });
  }
}
