import { isSuccess } from '#contracts/delivery.js';
import type { Attempt, Delivery, TraceOrigin } from '#contracts/delivery.js';
import {
  activeSpan,
  context,
  NEAR_MS,
  parseTraceparent,
  SpanKind,
  SpanStatusCode,
  trace,
  traceparentOf,
  tracer,
} from '#observability/tracing.js';
import type { Context, Span, SpanContext } from '#observability/tracing.js';
import type { Sending } from './sender.js';

export interface TraceSettings {
  traced: boolean;
  /** Whether destinations get the `traceparent` of the attempt. */
  sendsTraceparent: boolean;
}

/** A span for each attempt: in the trace of the request that set the timer, or linked to it. */
export class AttemptSpans {
  constructor(private readonly settings: TraceSettings) {}

  during(delivery: Delivery, tenant: string, send: (delivery: Delivery) => Sending): Sending {
    if (!this.settings.traced) return send(delivery);
    const { parent, links } = placeOf(delivery.trace);
    const name = delivery.email ? 'send e-mail' : 'deliver webhook';
    const attributes = attributesOf(delivery, tenant);
    const span = tracer().startSpan(name, { kind: SpanKind.CLIENT, attributes, links }, parent);
    const sending = context.with(trace.setSpan(parent, span), () => send(this.withHeader(delivery, span)));
    void sending.attempt.then((attempt) => end(span, delivery, attempt));
    return sending;
  }

  // A header of the client's own stays.
  private withHeader(delivery: Delivery, span: Span): Delivery {
    if (!this.settings.sendsTraceparent || delivery.email) return delivery;
    return { ...delivery, headers: { traceparent: traceparentOf(span.spanContext()), ...delivery.headers } };
  }
}

/**
 * The activity is in the trace of one request of its group, or after a long sleep in one of its own. What another request
 * has set is in that one's trace while it is near, and from then on with the activity; the other of the two is a link.
 */
function placeOf(origin: TraceOrigin | undefined): { parent: Context; links: { context: SpanContext }[] } {
  const here = context.active();
  const activity = activeSpan();
  const request = origin && parseTraceparent(origin.traceparent);
  if (!request || request.traceId === activity?.traceId) return { parent: here, links: [] };
  if (Date.now() - origin.atMs > NEAR_MS) return { parent: here, links: [{ context: request }] };
  return { parent: trace.setSpanContext(here, request), links: activity ? [{ context: activity }] : [] };
}

function attributesOf({ id, attempt, url, method = 'POST', email }: Delivery, tenant: string) {
  return {
    ...{ 'timekeeper.tenant': tenant, 'timekeeper.timer': id, 'timekeeper.attempt': attempt },
    ...(!email && { 'http.request.method': method, 'server.address': new URL(url).hostname }),
  };
}

function end(
  span: Span,
  { atMs, plannedMs = atMs, email, successStatuses }: Delivery,
  { startedMs, statusCode, error }: Attempt,
): void {
  span.setAttribute('timekeeper.late_ms', Math.round(startedMs - plannedMs));
  if (statusCode !== undefined)
    span.setAttribute(email ? 'smtp.response.status_code' : 'http.response.status_code', statusCode);
  const isFailed = statusCode !== undefined && !isSuccess(statusCode, successStatuses);
  const failure = error ?? (isFailed ? String(statusCode) : undefined);
  if (failure !== undefined) {
    span.setAttribute('error.type', failure);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}
