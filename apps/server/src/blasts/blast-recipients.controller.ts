import { Body, Controller, Get, HttpCode, Param, Post, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { ApiIdempotencyKey, IdempotencyKey, REPLAYED_HEADER } from '../http/idempotency-key.js';
import { Records, RecordStream, TakesRecords } from '../http/record-stream.js';
import { UuidPipe } from '../http/uuid.pipe.js';
import type { RequestTenant } from '../tenants/tenant.js';
import {
  BlastRecipientDto,
  BlastRecipientPageDto,
  RecipientUploadDto,
  ResolvedRecipientsDto,
} from './blast.dto.js';
import { BlastRecipientsService } from './blast-recipients.service.js';
import {
  ACTIVITY_PROBLEMS,
  EXPORT_PROBLEMS,
  PREVIEW_PROBLEMS,
  RECIPIENT_PROBLEMS,
  RECIPIENTS_PROBLEMS,
  RESOLVE_ALL_PROBLEMS,
  RESOLVE_PROBLEMS,
  UPLOAD_PROBLEMS,
} from './blasts.problems.js';
import { ListRecipientsQuery, RecipientFilter, RecipientParams } from './list-blasts.dto.js';
import { RecipientPreviewDto } from './recipient-preview.dto.js';
import { RecipientActivitiesDto } from './recipient-activity.dto.js';
import { ResolveRecipientsDto } from './resolve-recipients.dto.js';

const ID = ApiParam({
  name: 'id',
  description: 'The id of the blast',
  schema: { type: 'string', format: 'uuid' },
});

const EXAMPLE = {
  ndjson:
    '{"address":"ada@example.com","data":{"name":"Ada"},"timezone":"Europe/London"}\n' +
    '{"address":"bob@example.com","data":{"name":"Bob"},"dedupe_key":"customer-2"}\n',
  csv: 'address,name,timezone\r\nada@example.com,Ada,Europe/London\r\nbob@example.com,Bob,\r\n',
};

@ApiTags('blasts')
@Controller('blasts/:id')
export class BlastRecipientsController {
  constructor(private readonly recipients: BlastRecipientsService) {}

  @Post('recipients')
  @Scopes('blasts:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Upload recipients',
    description:
      'Each with `address` (for mail) or `url` (for webhooks), `data` for the message, `timezone` and `dedupe_key`; in ' +
      'CSV, columns of other names are the data, unless there is a column `data`: that is all of it as JSON, and what exports ' +
      'tell of the outcome is left out. All lines are stored or, if one is wrong, none. Any number of uploads, ' +
      'until the list is made; with an `Idempotency-Key` an upload that broke off can be sent again, byte for byte the ' +
      'same, and counts once.',
  })
  @ID
  @TakesRecords(EXAMPLE)
  @ApiIdempotencyKey({ kept: 'for as long as the blast is there' })
  @ApiResponse({
    ...{ status: 200, description: 'All are stored.', type: RecipientUploadDto },
    headers: REPLAYED_HEADER,
  })
  @ApiProblems(UPLOAD_PROBLEMS)
  async upload(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Records() records: RecordStream,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecipientUploadDto> {
    const { upload, replayed } = await this.recipients.upload(tenant.id, id, records, key);
    if (replayed) void reply.header('idempotency-replayed', 'true');
    return upload;
  }

  @Get('recipients')
  @Scopes('blasts:read')
  @ApiOperation({ summary: 'List the recipients of a blast', description: 'And what came of each.' })
  @ID
  @ApiResponse({ status: 200, description: 'A page of them.', type: BlastRecipientPageDto })
  @ApiProblems(RECIPIENTS_PROBLEMS)
  list(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Query() query: ListRecipientsQuery,
  ): Promise<BlastRecipientPageDto> {
    return this.recipients.list(tenant.id, id, query);
  }

  @Get('recipients/export')
  @Scopes('blasts:read')
  @ApiOperation({
    summary: 'Export the recipients of a blast',
    description:
      'As CSV (RFC 4180), which can be uploaded as it is: `url` in place of `address` for webhooks, `data` as JSON. What a ' +
      'spreadsheet would take for a formula has an apostrophe before it, which an upload takes away.',
  })
  @ID
  @ApiProduces('text/csv')
  @ApiResponse({
    status: 200,
    description: 'In the order in which they came.',
    schema: { type: 'string' },
    example:
      'n,address,status,attempts,code,reason,ended_at,timezone,dedupe_key,data\r\n' +
      '4711,ada@example.com,sent,1,250,,2026-11-22T10:00:00.000Z,Europe/London,ada@example.com,"{""name"":""Ada""}"\r\n',
  })
  @ApiProblems(EXPORT_PROBLEMS)
  async export(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Query() { status }: RecipientFilter,
  ): Promise<StreamableFile> {
    return new StreamableFile(await this.recipients.export(tenant.id, id, status), {
      type: 'text/csv; charset=utf-8',
      disposition: 'attachment; filename="recipients.csv"',
    });
  }

  @Get('recipients/:n')
  @Scopes('blasts:read')
  @ApiOperation({
    summary: 'What came of one recipient',
    description: 'By its `n`, which lists and exports tell.',
  })
  @ApiResponse({ status: 200, description: 'The recipient.', type: BlastRecipientDto })
  @ApiProblems(RECIPIENT_PROBLEMS)
  get(@Tenant() tenant: RequestTenant, @Param() { id, n }: RecipientParams): Promise<BlastRecipientDto> {
    return this.recipients.get(tenant.id, id, n);
  }

  @Get('recipients/:n/activity')
  @Scopes('blasts:read')
  @ApiOperation({
    summary: 'What was done about one recipient',
    description: 'Its attempts, what people have decided, and what came of it in the end.',
  })
  @ApiResponse({ status: 200, description: 'The oldest first.', type: RecipientActivitiesDto })
  @ApiProblems(ACTIVITY_PROBLEMS)
  activity(
    @Tenant() tenant: RequestTenant,
    @Param() { id, n }: RecipientParams,
  ): Promise<RecipientActivitiesDto> {
    return this.recipients.activity(tenant.id, id, n);
  }

  @Get('recipients/:n/preview')
  @Scopes('blasts:read')
  @ApiOperation({
    summary: 'What one recipient gets',
    description:
      'The message as it would be made now, with what is known of this recipient. Nothing is sent, and whether it may be is not ' +
      'looked at: an address may be none, or suppressed. `{{ unsubscribe_url }}` stands for the link.',
  })
  @ApiResponse({ status: 200, description: 'The message, or why there is none.', type: RecipientPreviewDto })
  @ApiProblems(PREVIEW_PROBLEMS)
  preview(
    @Tenant() tenant: RequestTenant,
    @Param() { id, n }: RecipientParams,
  ): Promise<RecipientPreviewDto> {
    return this.recipients.preview(tenant.id, id, n);
  }

  @Post('recipients/:n/resolve')
  @Scopes('blasts:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Decide on an uncertain recipient',
    description:
      'For whoever has found out whether the message was taken. To send it again a blast that has ended is started again.',
  })
  @ApiBody({ type: ResolveRecipientsDto, examples: { sent: { value: { as: 'sent' } } } })
  @ApiResponse({ status: 200, description: 'It is decided.', type: ResolvedRecipientsDto })
  @ApiProblems(RESOLVE_PROBLEMS)
  async resolve(
    @Tenant() tenant: RequestTenant,
    @Param() { id, n }: RecipientParams,
    @Body() { as }: ResolveRecipientsDto,
  ): Promise<ResolvedRecipientsDto> {
    return { resolved: await this.recipients.resolve(tenant.id, id, as, n) };
  }

  @Post('resolve')
  @Scopes('blasts:write')
  @HttpCode(200)
  @ApiOperation({ summary: 'Decide on all uncertain recipients', description: 'As for one of them.' })
  @ID
  @ApiBody({ type: ResolveRecipientsDto, examples: { resend: { value: { as: 'resend' } } } })
  @ApiResponse({ status: 200, description: 'They are decided.', type: ResolvedRecipientsDto })
  @ApiProblems(RESOLVE_ALL_PROBLEMS)
  async resolveAll(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Body() { as }: ResolveRecipientsDto,
  ): Promise<ResolvedRecipientsDto> {
    return { resolved: await this.recipients.resolve(tenant.id, id, as) };
  }
}
