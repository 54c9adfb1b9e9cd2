import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Scopes } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { JobCatalogue } from './job-catalogue.js';
import { JobTypesDto, jobTypeAnswer } from './job-types.dto.js';
import { TYPES_PROBLEMS } from './jobs.problems.js';

@ApiTags('jobs')
@Controller('job-types')
export class JobTypesController {
  constructor(private readonly catalogue: JobCatalogue) {}

  @Get()
  @Scopes('jobs:read')
  @ApiOperation({
    summary: 'List job types',
    description: 'Those that workers have published, with the JSON Schema of what each is started with.',
  })
  @ApiResponse({ status: 200, description: 'All of them, by name.', type: JobTypesDto })
  @ApiProblems(TYPES_PROBLEMS)
  async list(): Promise<JobTypesDto> {
    return { data: (await this.catalogue.all()).map(jobTypeAnswer) };
  }
}
