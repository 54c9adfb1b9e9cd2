import { Injectable } from '@nestjs/common';
import { traceOrigin } from '#observability/tracing.js';
import { GroupStart } from '#timers/group-start.js';
import { formatInstant } from '../http/rfc3339.js';
import type { TestDeliveryDto } from './webhook-endpoints.dto.js';
import { WebhookEndpointsService } from './webhook-endpoints.service.js';

const START_TIMEOUT_MS = 2_500;

/** Sends an endpoint something, as its events are sent. */
@Injectable()
export class TestDeliveryService {
  constructor(
    private readonly endpoints: WebhookEndpointsService,
    private readonly timers: GroupStart,
  ) {}

  /** Answers when the delivery is stored. */
  async send(tenant: string, endpointId: string): Promise<TestDeliveryDto> {
    const { url } = await this.endpoints.get(tenant, endpointId);
    const nowMs = Date.now();
    const body = {
      type: 'webhook-endpoint.test',
      timestamp: formatInstant(nowMs),
      data: { id: endpointId },
    };
    const timer = {
      ...{ url, dueMs: nowMs, endpointId, body: JSON.stringify(body) },
      headers: { 'content-type': 'application/json' },
      ...traceOrigin(nowMs),
    };
    const [started] = await this.timers.start(tenant, [timer], { deadlineMs: nowMs + START_TIMEOUT_MS });
    return { timer_id: started?.id ?? '' };
  }
}
