import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
  StreamableFile,
} from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import type { RecordLine } from '../http/record-line.js';
import { Records, TakesRecords } from '../http/record-stream.js';
import type { RequestTenant } from '../tenants/tenant.js';
import {
  CreateSuppressionDto,
  ListSuppressionsQuery,
  SuppressionDto,
  SuppressionImportDto,
  SuppressionPageDto,
} from './suppressions.dto.js';
import {
  CREATE_PROBLEMS,
  EXPORT_PROBLEMS,
  GET_PROBLEMS,
  IMPORT_PROBLEMS,
  LIST_PROBLEMS,
} from './suppressions.problems.js';
import { SuppressionsService } from './suppressions.service.js';

const ADDRESS = ApiParam({
  name: 'address',
  description: 'The address',
  schema: { type: 'string' },
  example: 'ada@example.com',
});

const EXAMPLE = {
  ndjson: '{"address":"ada@example.com","reason":"complained"}\n{"address":"bob@example.com"}\n',
  csv: 'address,reason,detail\r\nada@example.com,complained,\r\nbob@example.com,manual,asked us by phone\r\n',
};

@ApiTags('suppressions')
@Controller('suppressions')
export class SuppressionsController {
  constructor(private readonly suppressions: SuppressionsService) {}

  @Get()
  @Scopes('suppressions:read')
  @ApiOperation({ summary: 'List the addresses that nothing is sent to', description: 'By address.' })
  @ApiResponse({ status: 200, description: 'A page of them.', type: SuppressionPageDto })
  @ApiProblems(LIST_PROBLEMS)
  list(@Tenant() tenant: RequestTenant, @Query() query: ListSuppressionsQuery): Promise<SuppressionPageDto> {
    return this.suppressions.list(tenant.id, query);
  }

  @Get('export')
  @Scopes('suppressions:read')
  @ApiOperation({
    summary: 'Export the list',
    description:
      'As CSV (RFC 4180), all of it. What a spreadsheet would take for a formula has an apostrophe before it, which an ' +
      'import takes away.',
  })
  @ApiProduces('text/csv')
  @ApiResponse({
    status: 200,
    description: 'By address.',
    schema: { type: 'string' },
    example: 'address,reason,detail,created_at\r\nada@example.com,opted-out,,2026-11-22T10:00:00.000Z\r\n',
  })
  @ApiProblems(EXPORT_PROBLEMS)
  async export(@Tenant() tenant: RequestTenant): Promise<StreamableFile> {
    return new StreamableFile(await this.suppressions.export(tenant.id), {
      type: 'text/csv; charset=utf-8',
      disposition: 'attachment; filename="suppressions.csv"',
    });
  }

  @Get(':address')
  @Scopes('suppressions:read')
  @ApiOperation({
    summary: 'Whether and why an address gets nothing',
    description: 'The same whether it is written in upper or lower case.',
  })
  @ADDRESS
  @ApiResponse({ status: 200, description: 'It gets nothing.', type: SuppressionDto })
  @ApiProblems(GET_PROBLEMS)
  get(@Tenant() tenant: RequestTenant, @Param('address') address: string): Promise<SuppressionDto> {
    return this.suppressions.get(tenant.id, address);
  }

  @Post()
  @Scopes('suppressions:write')
  @ApiOperation({
    summary: 'Send nothing more to an address',
    description:
      'Also nothing that is accepted already and not yet sent. One that is on the list stays on it for what it was put ' +
      'there first: then the answer is 200.',
  })
  @ApiBody({
    type: CreateSuppressionDto,
    examples: { manual: { value: { address: 'ada@example.com', detail: 'asked us by phone' } } },
  })
  @ApiResponse({ status: 200, description: 'It was on the list.', type: SuppressionDto })
  @ApiResponse({ status: 201, description: 'It is on the list now.', type: SuppressionDto })
  @ApiProblems(CREATE_PROBLEMS)
  async create(
    @Tenant() tenant: RequestTenant,
    @Body() body: CreateSuppressionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SuppressionDto> {
    const { suppression, isNew } = await this.suppressions.create(tenant.id, body);
    void reply.status(isNew ? 201 : 200);
    return suppression;
  }

  @Post('import')
  @Scopes('suppressions:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Put many addresses on the list',
    description:
      'Each with `address`, and if it is known `reason` (default `manual`), `detail` and `created_at`. Lines that are ' +
      'wrong are left out, counted, and the first of them named.',
  })
  @TakesRecords(EXAMPLE)
  @ApiResponse({ status: 200, description: 'All lines were read.', type: SuppressionImportDto })
  @ApiProblems(IMPORT_PROBLEMS)
  import(
    @Tenant() tenant: RequestTenant,
    @Records() lines: AsyncIterable<RecordLine>,
  ): Promise<SuppressionImportDto> {
    return this.suppressions.import(tenant.id, lines);
  }

  @Delete(':address')
  @Scopes('suppressions:write')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Take an address off the list',
    description:
      'It may be written to again. Do so for one that has opted out only if its owner asks for it.',
  })
  @ADDRESS
  @ApiResponse({ status: 204, description: 'It is off the list.' })
  @ApiProblems(GET_PROBLEMS)
  remove(@Tenant() tenant: RequestTenant, @Param('address') address: string): Promise<void> {
    return this.suppressions.remove(tenant.id, address);
  }
}
