import { createHash } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { bookingView } from '#contracts/booking-view.js';
import type { BookingEvent } from '#contracts/booking.js';
import { groupKeyFrom } from '#contracts/timer-id.js';
import type { WebhookEndpoints } from '#database/webhook-endpoints.js';
import { traceOrigin } from '#observability/tracing.js';
import type { GroupStart } from '#timers/group-start.js';

const START_TIMEOUT_MS = 5_000;

/** Tells those who have subscribed: a timer that is due now for each, signed, tried again and seen like every other. */
export class BookingEvents {
  constructor(
    private readonly timers: GroupStart,
    /** Undefined: there is no database, and nobody has subscribed. */
    private readonly endpoints?: WebhookEndpoints,
  ) {}

  async publish(event: BookingEvent): Promise<void> {
    const { id, tenant } = event.booking;
    const endpoints = (await this.endpoints?.subscribed(tenant, event.type)) ?? [];
    const body = JSON.stringify(messageOf(event));
    for (const { id: endpointId, url } of endpoints) {
      const headers = { 'content-type': 'application/json' };
      const request = { url, dueMs: event.atMs, headers, body, endpointId, labels: { booking: id } };
      const timer = { ...request, ...traceOrigin(Date.now()) };
      const groupKey = groupKeyFrom(digestOf([tenant, id, event.type, event.booking.sequence, endpointId]));
      try {
        await this.timers.start(tenant, [timer], { deadlineMs: Date.now() + START_TIMEOUT_MS, groupKey });
      } catch (error) {
        // It was started by a try before.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    }
  }
}

function messageOf({ type, atMs, booking }: BookingEvent) {
  return { type, timestamp: new Date(atMs).toISOString(), data: bookingView(booking) };
}

/** The same at every try. */
function digestOf(origin: readonly unknown[]): Buffer {
  return createHash('sha256').update(JSON.stringify(origin)).digest();
}
