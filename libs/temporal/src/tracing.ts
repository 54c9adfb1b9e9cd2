import type { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry-v2';
import type { SpanExport } from '#observability/span-export.js';

/** Traces calls of clients, workflows and activities. */
export type EngineTracing = OpenTelemetryPlugin;

/** Undefined where nothing is traced: then the code for it is not loaded either. */
export async function engineTracing(spans: SpanExport | undefined): Promise<EngineTracing | undefined> {
  if (!spans) return undefined;
  const { OpenTelemetryPlugin } = await import('@temporalio/interceptors-opentelemetry-v2');
  const { resource, spanProcessor } = spans;
  return new OpenTelemetryPlugin({ resource, spanProcessor });
}
