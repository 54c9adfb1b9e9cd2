import { setTimeout as sleep } from 'node:timers/promises';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { Resource } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Logger } from './logger.js';
import { CleanExporter } from './clean-exporter.js';
import { samplers } from './samplers.js';
import type { TracingSettings } from './tracing.js';

/** A collector that is away holds up the end of a process for no longer. */
const CLOSING_MS = 2_000;
const EXPORT_TIMEOUT_MS = 10_000;
/** Each batch that cannot be sent is an error. */
const COMPLAIN_EVERY_MS = 60_000;

/** Records the spans of this process and sends them in the background; what the collector does not take is dropped. */
export class SpanExport {
  private constructor(
    private readonly provider: BasicTracerProvider,
    /** For spans that come from elsewhere: out of the sandbox of workflows. */
    readonly spanProcessor: SpanProcessor,
    readonly resource: Resource,
  ) {}

  static start(settings: TracingSettings, logger: Logger): SpanExport {
    const { endpoint, headers, service, version } = settings;
    setGlobalErrorHandler(complain(logger, endpoint));
    const { sampler, keeps } = samplers(settings);
    const url = `${endpoint}/v1/traces`;
    const exporter = new OTLPTraceExporter({ url, headers, timeoutMillis: EXPORT_TIMEOUT_MS });
    const spanProcessor = new BatchSpanProcessor(new CleanExporter(exporter, keeps));
    const resource = resourceFromAttributes({ 'service.name': service, 'service.version': version });
    const provider = new BasicTracerProvider({ resource, sampler, spanProcessors: [spanProcessor] });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    trace.setGlobalTracerProvider(provider);
    return new SpanExport(provider, spanProcessor, resource);
  }

  /** Sends what is left, as far as there is time. */
  async close(): Promise<void> {
    const closed = this.provider.shutdown().catch(() => undefined);
    await Promise.race([closed, sleep(CLOSING_MS, undefined, { ref: false })]);
  }
}

function complain(logger: Logger, endpoint: string): (error: unknown) => void {
  let nextMs = 0;
  return (error) => {
    if (Date.now() < nextMs) return;
    nextMs = Date.now() + COMPLAIN_EVERY_MS;
    logger.warn({ err: error, endpoint }, 'Spans were not taken by the collector and are lost');
  };
}
