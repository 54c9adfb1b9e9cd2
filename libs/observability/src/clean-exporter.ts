import type { Attributes, SpanContext } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

/** Of the SDK's spans. It would tell all that it knows of a workflow, memo and failures included. */
const ALLOWED = new Set([
  ...['workflowId', 'runId', 'workflowType', 'taskQueue', 'attempt'],
  ...['temporalWorkflowId', 'run_id', 'temporalActivityId', 'temporalUpdateId', 'error.type'],
]);
const EXCEPTION_TYPE = 'exception.type';

/** Sends spans on without what may be secret or personal: urls, payloads, and the words of errors, which quote them. */
export class CleanExporter implements SpanExporter {
  constructor(
    private readonly exporter: SpanExporter,
    private readonly keeps: (span: SpanContext) => boolean,
  ) {}

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    const kept = spans.filter((span) => this.keeps(span.spanContext()));
    this.exporter.export(kept.map(clean), done);
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }
}

function clean(span: ReadableSpan): ReadableSpan {
  if (!span.instrumentationScope.name.startsWith('@temporalio/')) return span;
  const { name, kind, parentSpanContext, startTime, endTime, duration, ended, links } = span;
  const { resource, instrumentationScope, status, attributes, events } = span;
  const { droppedAttributesCount, droppedEventsCount, droppedLinksCount } = span;
  return {
    ...{ name, kind, parentSpanContext, startTime, endTime, duration, ended, links },
    ...{ resource, instrumentationScope, droppedAttributesCount, droppedEventsCount, droppedLinksCount },
    spanContext: () => span.spanContext(),
    status: { code: status.code },
    attributes: only(attributes, (key) => ALLOWED.has(key)),
    events: events.map((event) => ({
      ...event,
      attributes: only(event.attributes ?? {}, (key) => key === EXCEPTION_TYPE),
    })),
  };
}

function only(attributes: Attributes, isAllowed: (key: string) => boolean): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => isAllowed(key)));
}
