import { Body, Controller, Delete, Get, Headers, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { ApiIdempotencyKey, IdempotencyKey, REPLAYED_HEADER } from '../http/idempotency-key.js';
import { PatchPipe } from '../http/patch.pipe.js';
import { UuidPipe } from '../http/uuid.pipe.js';
import { CountsAgainstQuotas, QUOTA_HEADERS } from '../tenants/quota-headers.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { EmailAttemptsDto } from './email-attempts.dto.js';
import { EmailPageDto, ListEmailsQuery } from './email-list.dto.js';
import { CREATE_EMAIL_EXAMPLES, CreateEmailDto, EmailDto } from './emails.dto.js';
import { EMAIL_PROBLEMS } from './emails.problems.js';
import { EmailsService } from './emails.service.js';
import type { AcceptedEmail, ChangedEmail } from './emails.service.js';
import { MODIFY_EMAIL_EXAMPLES, ModifyEmailDto } from './modify-email.dto.js';

const EMAIL_ID = ApiParam({
  name: 'id',
  description: 'The id of the e-mail',
  schema: { type: 'string', format: 'uuid' },
});

const IF_MATCH = ApiHeader({
  name: 'if-match',
  description: 'The `ETag` of the e-mail as the client knows it: in another version it is not changed',
  required: false,
  schema: { type: 'string', example: '"0"' },
});

const ETAG_HEADER = { etag: { description: 'Version of the e-mail', schema: { type: 'string' } } } as const;

const ACCEPTED = {
  status: 202,
  description: 'No worker is running; the change is kept and made as soon as one is.',
  type: EmailDto,
};

@ApiTags('emails')
@Controller('emails')
export class EmailsController {
  constructor(private readonly emails: EmailsService) {}

  @Post()
  @CountsAgainstQuotas()
  @Scopes('emails:write')
  @ApiOperation({
    summary: 'Send an e-mail',
    description:
      'Now or later. Answers once the e-mail is stored, rendered as it will be sent. Replies 4xx of the SMTP server, and ' +
      'none at all, are followed by another attempt with the same `Message-ID`; replies 5xx are final.',
  })
  @ApiBody({ type: CreateEmailDto, examples: CREATE_EMAIL_EXAMPLES })
  @ApiIdempotencyKey()
  @ApiResponse({
    status: 201,
    description: 'The e-mail is stored.',
    type: EmailDto,
    headers: {
      location: { description: 'Path of the e-mail', schema: { type: 'string' } },
      ...ETAG_HEADER,
      ...REPLAYED_HEADER,
      ...QUOTA_HEADERS,
    },
  })
  @ApiProblems(EMAIL_PROBLEMS.create)
  async create(
    @Tenant() tenant: RequestTenant,
    @Body() body: CreateEmailDto,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EmailDto> {
    return accepted(reply, await this.emails.create(tenant, body, key));
  }

  @Get()
  @Scopes('emails:read')
  @ApiOperation({
    summary: 'List e-mails',
    description:
      'In no particular order. The list is about a second behind, and needs no worker. A page looks at a bounded number ' +
      'of e-mails: with a filter on labels it may come back short, even empty, though more follow. Go on until ' +
      '`next_cursor` is null.',
  })
  @ApiResponse({ status: 200, description: 'A page of e-mails.', type: EmailPageDto })
  @ApiProblems(EMAIL_PROBLEMS.list)
  list(@Tenant() tenant: RequestTenant, @Query() query: ListEmailsQuery): Promise<EmailPageDto> {
    return this.emails.page(tenant.id, query);
  }

  @Get(':id')
  @Scopes('emails:read')
  @ApiOperation({ summary: 'How an e-mail stands', description: 'Answers also while no worker is running.' })
  @EMAIL_ID
  @ApiResponse({ status: 200, description: 'The e-mail.', type: EmailDto, headers: ETAG_HEADER })
  @ApiProblems(EMAIL_PROBLEMS.get)
  async get(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EmailDto> {
    return tagged(reply, await this.emails.get(tenant, id));
  }

  @Get(':id/attempts')
  @Scopes('emails:read')
  @ApiOperation({
    summary: 'Every attempt at an e-mail',
    description: 'Those that have ended, with what the SMTP server said. Needs a running worker.',
  })
  @EMAIL_ID
  @ApiResponse({ status: 200, description: 'The attempts.', type: EmailAttemptsDto })
  @ApiProblems(EMAIL_PROBLEMS.attempts)
  attempts(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<EmailAttemptsDto> {
    return this.emails.attemptsOf(tenant.id, id);
  }

  @Delete(':id')
  @Scopes('emails:write')
  @ApiOperation({
    summary: 'Cancel an e-mail',
    description:
      '200 guarantees that nothing of it is begun any more; once an attempt has begun the answer is 409. Canceling twice ' +
      'is 200. While no worker is running the answer is 202: the first worker that comes back cancels it before it sends ' +
      'anything that was not begun.',
  })
  @EMAIL_ID
  @IF_MATCH
  @ApiResponse({ status: 200, description: 'The e-mail is canceled.', type: EmailDto, headers: ETAG_HEADER })
  @ApiResponse(ACCEPTED)
  @ApiProblems(EMAIL_PROBLEMS.cancel)
  async cancel(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EmailDto> {
    return changed(reply, await this.emails.cancel(tenant, id, ifMatch));
  }

  @Patch(':id')
  @Scopes('emails:write')
  @ApiOperation({
    summary: 'Send an e-mail at another time',
    description:
      'A JSON merge patch of its times; `"kill_at": null` takes that away. 200 guarantees that it is not sent at the old ' +
      'time; once an attempt has begun the answer is 409. What it says can not be changed: cancel it, and send another.',
  })
  @EMAIL_ID
  @IF_MATCH
  @ApiBody({ type: ModifyEmailDto, examples: MODIFY_EMAIL_EXAMPLES })
  @ApiResponse({ status: 200, description: 'The e-mail is changed.', type: EmailDto, headers: ETAG_HEADER })
  @ApiResponse(ACCEPTED)
  @ApiProblems(EMAIL_PROBLEMS.modify)
  async modify(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Body(PatchPipe) body: Record<string, unknown>,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EmailDto> {
    return changed(reply, await this.emails.modify(tenant, id, body, ifMatch));
  }
}

function accepted(reply: FastifyReply, { email, replayed }: AcceptedEmail): EmailDto {
  void reply.header('location', `/emails/${email.id}`);
  if (replayed) void reply.header('idempotency-replayed', 'true');
  return tagged(reply, email);
}

function changed(reply: FastifyReply, { email, decided }: ChangedEmail): EmailDto {
  void reply.status(decided ? 200 : 202);
  return tagged(reply, email);
}

function tagged(reply: FastifyReply, email: EmailDto): EmailDto {
  if (email.version !== undefined) void reply.header('etag', `"${email.version}"`);
  return email;
}
