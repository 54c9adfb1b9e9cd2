import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { ApiIdempotencyKey, IdempotencyKey, REPLAYED_HEADER } from '../http/idempotency-key.js';
import { PageQuery } from '../http/page.dto.js';
import { UuidPipe } from '../http/uuid.pipe.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { TestDeliveryService } from './test-delivery.service.js';
import {
  ChangeWebhookEndpointDto,
  CreateWebhookEndpointDto,
  NewWebhookEndpointDto,
  RotateEndpointSecretDto,
  TestDeliveryDto,
  WebhookEndpointDto,
  WebhookEndpointPageDto,
} from './webhook-endpoints.dto.js';
import { WEBHOOK_ENDPOINT_PROBLEMS } from './webhook-endpoints.problems.js';
import { WebhookEndpointsService } from './webhook-endpoints.service.js';

const ENDPOINT_ID = ApiParam({
  name: 'id',
  description: 'The id of the endpoint',
  schema: { type: 'string', format: 'uuid' },
});

@ApiTags('webhook endpoints')
@Controller('webhook-endpoints')
export class WebhookEndpointsController {
  constructor(
    private readonly endpoints: WebhookEndpointsService,
    private readonly deliveries: TestDeliveryService,
  ) {}

  @Get()
  @Scopes('webhook-endpoints:read')
  @ApiOperation({ summary: 'List the webhook endpoints', description: 'Without their secrets.' })
  @ApiResponse({ status: 200, description: 'A page of them.', type: WebhookEndpointPageDto })
  @ApiProblems(WEBHOOK_ENDPOINT_PROBLEMS.list)
  list(@Tenant() tenant: RequestTenant, @Query() page: PageQuery): Promise<WebhookEndpointPageDto> {
    return this.endpoints.list(tenant.id, page);
  }

  @Post()
  @Scopes('webhook-endpoints:write')
  @ApiOperation({
    summary: 'Subscribe a url to events',
    description:
      'Every event that happens from now on is delivered there as a timer that is due at once: signed with a secret of ' +
      'its own, tried again, and seen in `GET /timers`. The answer has the secret; nothing else ever does but the answer ' +
      'to the same request with the same `Idempotency-Key`.',
  })
  @ApiBody({
    type: CreateWebhookEndpointDto,
    examples: {
      all: { summary: 'All events', value: { url: 'https://example.com/hooks' } },
      some: {
        summary: 'Some of them',
        value: { url: 'https://example.com/hooks', events: ['booking.created', 'booking.cancelled'] },
      },
    },
  })
  @ApiIdempotencyKey()
  @ApiResponse({
    ...{ status: 201, description: 'The endpoint.', type: NewWebhookEndpointDto },
    headers: REPLAYED_HEADER,
  })
  @ApiProblems(WEBHOOK_ENDPOINT_PROBLEMS.create)
  async create(
    @Tenant() tenant: RequestTenant,
    @Body() body: CreateWebhookEndpointDto,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewWebhookEndpointDto> {
    const { endpoint, replayed } = await this.endpoints.create(tenant.id, body, key);
    if (replayed) void reply.header('idempotency-replayed', 'true');
    return endpoint;
  }

  @Get(':id')
  @Scopes('webhook-endpoints:read')
  @ApiOperation({ summary: 'A webhook endpoint', description: 'Without its secret.' })
  @ENDPOINT_ID
  @ApiResponse({ status: 200, description: 'The endpoint.', type: WebhookEndpointDto })
  @ApiProblems(WEBHOOK_ENDPOINT_PROBLEMS.get)
  get(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<WebhookEndpointDto> {
    return this.endpoints.get(tenant.id, id);
  }

  @Patch(':id')
  @Scopes('webhook-endpoints:write')
  @ApiOperation({
    summary: 'Change a webhook endpoint',
    description: 'For events from now on: what is under way goes where it was to go.',
  })
  @ENDPOINT_ID
  @ApiBody({
    type: ChangeWebhookEndpointDto,
    examples: { off: { summary: 'It is told nothing any more', value: { enabled: false } } },
  })
  @ApiResponse({ status: 200, description: 'As it is now.', type: WebhookEndpointDto })
  @ApiProblems(WEBHOOK_ENDPOINT_PROBLEMS.change)
  change(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Body() body: ChangeWebhookEndpointDto,
  ): Promise<WebhookEndpointDto> {
    return this.endpoints.change(tenant.id, id, body);
  }

  @Delete(':id')
  @HttpCode(204)
  @Scopes('webhook-endpoints:write')
  @ApiOperation({
    summary: 'Delete a webhook endpoint',
    description: 'With its secrets: what was on its way there is not sent any more.',
  })
  @ENDPOINT_ID
  @ApiResponse({ status: 204, description: 'It is gone.' })
  @ApiProblems(WEBHOOK_ENDPOINT_PROBLEMS.get)
  remove(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<void> {
    return this.endpoints.remove(tenant.id, id);
  }

  @Post(':id/rotate-secret')
  @Scopes('webhook-endpoints:write')
  @ApiOperation({
    summary: 'Replace the secret of a webhook endpoint',
    description:
      'The new one signs at once. The old one signs as well for `overlap_seconds`, so that the receiver can change over ' +
      'in that time.',
  })
  @ENDPOINT_ID
  @ApiBody({
    type: RotateEndpointSecretDto,
    required: false,
    examples: { day: { summary: 'Both sign for a day', value: { overlap_seconds: 86_400 } } },
  })
  @ApiResponse({
    status: 201,
    description: 'The endpoint, with its new secret.',
    type: NewWebhookEndpointDto,
  })
  @ApiProblems(WEBHOOK_ENDPOINT_PROBLEMS.rotate)
  rotateSecret(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Body() body: RotateEndpointSecretDto,
  ): Promise<NewWebhookEndpointDto> {
    return this.endpoints.rotateSecret(tenant.id, id, body ?? new RotateEndpointSecretDto());
  }

  @Post(':id/test')
  @HttpCode(202)
  @Scopes('webhook-endpoints:write')
  @ApiOperation({
    summary: 'Send a webhook endpoint something',
    description: 'A `webhook-endpoint.test`, signed as its events are, also while it is not enabled.',
  })
  @ENDPOINT_ID
  @ApiResponse({ status: 202, description: 'The delivery is stored.', type: TestDeliveryDto })
  @ApiProblems(WEBHOOK_ENDPOINT_PROBLEMS.test)
  test(@Tenant() tenant: RequestTenant, @Param('id', UuidPipe) id: string): Promise<TestDeliveryDto> {
    return this.deliveries.send(tenant.id, id);
  }
}
