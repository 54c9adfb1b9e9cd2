import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { ApiIdempotencyKey, IdempotencyKey, REPLAYED_HEADER } from '../http/idempotency-key.js';
import { PageQuery } from '../http/page.dto.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { TEMPLATE_NAME, TemplateNamePipe } from './template-name.js';
import {
  CreateTemplateDto,
  PreviewTemplateDto,
  TemplateDto,
  TemplatePageDto,
  TemplatePartsDto,
  TemplatePreviewDto,
  TemplateVersionQuery,
} from './templates.dto.js';
import {
  CREATE_PROBLEMS,
  GET_PROBLEMS,
  LIST_PROBLEMS,
  PREVIEW_PROBLEMS,
  REPLACE_PROBLEMS,
} from './templates.problems.js';
import { TemplatesService } from './templates.service.js';

const NAME = ApiParam({
  name: 'name',
  description: 'The name of the template',
  schema: { type: 'string', pattern: TEMPLATE_NAME },
  example: 'order-shipped',
});

const PARTS = {
  subject: 'Your order {{ order.id }}',
  text: 'Hello {{ name }}, your order is on its way.',
  html: '<p>Hello {{ name }}, your order is on its way.</p>',
};

@ApiTags('templates')
@Controller('templates')
export class TemplatesController {
  constructor(private readonly templates: TemplatesService) {}

  @Post()
  @Scopes('templates:write')
  @ApiOperation({
    summary: 'Create a template',
    description:
      'In Liquid. It is read at once: what can not be is refused, with part and line. Where there was one of this name ' +
      'that is deleted, versions are counted on.',
  })
  @ApiBody({
    type: CreateTemplateDto,
    examples: {
      email: { summary: 'Of e-mails', value: { name: 'order-shipped', ...PARTS } },
      webhook: {
        summary: 'Of webhooks',
        value: { name: 'order-hook', text: '{ "order": {{ order.id | json }} }' },
      },
    },
  })
  @ApiIdempotencyKey()
  @ApiResponse({
    status: 201,
    description: 'It is stored.',
    type: TemplateDto,
    headers: {
      location: { description: 'Path of the template', schema: { type: 'string' } },
      ...REPLAYED_HEADER,
    },
  })
  @ApiProblems(CREATE_PROBLEMS)
  async create(
    @Tenant() tenant: RequestTenant,
    @Body() body: CreateTemplateDto,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TemplateDto> {
    const { template, replayed } = await this.templates.create(tenant.id, body, key);
    void reply.header('location', `/templates/${template.name}`);
    if (replayed) void reply.header('idempotency-replayed', 'true');
    return template;
  }

  @Get()
  @Scopes('templates:read')
  @ApiOperation({ summary: 'List templates', description: 'Each in its newest version, by name.' })
  @ApiResponse({ status: 200, description: 'A page of them.', type: TemplatePageDto })
  @ApiProblems(LIST_PROBLEMS)
  list(@Tenant() tenant: RequestTenant, @Query() page: PageQuery): Promise<TemplatePageDto> {
    return this.templates.list(tenant.id, page);
  }

  @Get(':name')
  @Scopes('templates:read')
  @ApiOperation({ summary: 'What a template says', description: 'In its newest version, or in this one.' })
  @NAME
  @ApiResponse({ status: 200, description: 'The template.', type: TemplateDto })
  @ApiProblems(GET_PROBLEMS)
  get(
    @Tenant() tenant: RequestTenant,
    @Param('name', TemplateNamePipe) name: string,
    @Query() { version }: TemplateVersionQuery,
  ): Promise<TemplateDto> {
    return this.templates.get(tenant.id, name, version);
  }

  @Put(':name')
  @Scopes('templates:write')
  @ApiOperation({
    summary: 'Store a new version of a template',
    description:
      'A part that is left out is not in it. What was to be sent by an earlier version stays as it was. If nothing is ' +
      'different, there is no new version.',
  })
  @NAME
  @ApiBody({ type: TemplatePartsDto, examples: { email: { value: PARTS } } })
  @ApiResponse({ status: 200, description: 'The newest version.', type: TemplateDto })
  @ApiProblems(REPLACE_PROBLEMS)
  replace(
    @Tenant() tenant: RequestTenant,
    @Param('name', TemplateNamePipe) name: string,
    @Body() body: TemplatePartsDto,
  ): Promise<TemplateDto> {
    return this.templates.replace(tenant.id, name, body);
  }

  @Get(':name/versions')
  @Scopes('templates:read')
  @ApiOperation({ summary: 'List the versions of a template', description: 'The newest first.' })
  @NAME
  @ApiResponse({ status: 200, description: 'A page of them.', type: TemplatePageDto })
  @ApiProblems(GET_PROBLEMS)
  versions(
    @Tenant() tenant: RequestTenant,
    @Param('name', TemplateNamePipe) name: string,
    @Query() page: PageQuery,
  ): Promise<TemplatePageDto> {
    return this.templates.versions(tenant.id, name, page);
  }

  @Delete(':name')
  @Scopes('templates:write')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Delete a template',
    description: 'With all its versions. What has been rendered from it already is sent.',
  })
  @NAME
  @ApiResponse({ status: 204, description: 'It is gone.' })
  @ApiProblems(GET_PROBLEMS)
  remove(@Tenant() tenant: RequestTenant, @Param('name', TemplateNamePipe) name: string): Promise<void> {
    return this.templates.remove(tenant.id, name);
  }

  @Post(':name/preview')
  @Scopes('templates:read')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Render a template without sending it',
    description: 'As a message with this data would be. A variable that is missing is named.',
  })
  @NAME
  @ApiBody({
    type: PreviewTemplateDto,
    examples: { data: { value: { data: { name: 'Ada', order: { id: 4711 } } } } },
  })
  @ApiResponse({ status: 200, description: 'What would be sent.', type: TemplatePreviewDto })
  @ApiProblems(PREVIEW_PROBLEMS)
  preview(
    @Tenant() tenant: RequestTenant,
    @Param('name', TemplateNamePipe) name: string,
    @Body() body: PreviewTemplateDto,
  ): Promise<TemplatePreviewDto> {
    return this.templates.preview(tenant.id, name, body);
  }
}
