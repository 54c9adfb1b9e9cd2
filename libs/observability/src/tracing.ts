import { context, isSpanContextValid, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type { Context, Link, Span, SpanContext, SpanOptions } from '@opentelemetry/api';
import type { Logger } from './logger.js';
import type { SpanExport } from './span-export.js';

export { context, SpanKind, SpanStatusCode, trace };
export type { Context, Span, SpanContext };

/** As the standard variables of OpenTelemetry have it. */
export interface TracingSettings {
  /** Base url of an OTLP collector. */
  endpoint: string;
  headers: Record<string, string>;
  service: string;
  version: string;
  sampler: Sampler;
  /** Of the traces that `traceidratio` keeps, from 0 to 1. */
  share: number;
}

export type RootSampler = 'always_on' | 'always_off' | 'traceidratio';
export type Sampler = RootSampler | `parentbased_${RootSampler}`;

/** So long after something was asked for, what comes of it is in the same trace; later it is in one of its own, with a link. */
export const NEAR_MS = 10 * 60_000;

/**
 * Has spans recorded and sent from now on. Without settings nothing is: then not even the code for it is loaded, and every
 * span of this process is one that does nothing.
 */
export async function startTracing(
  settings: TracingSettings | undefined,
  logger: Logger,
): Promise<SpanExport | undefined> {
  if (!settings) return undefined;
  const { SpanExport } = await import('./span-export.js');
  return SpanExport.start(settings, logger);
}

export function tracer() {
  return trace.getTracer('timekeeper');
}

/** For the lines of a log: in which span they were written. A new object at each call, as pino wants it. */
export function traceFields(): { trace_id?: string; span_id?: string } {
  const { traceId, spanId } = activeSpan() ?? {};
  return traceId ? { trace_id: traceId, span_id: spanId } : {};
}

/** The span that this is called in. */
export function activeSpan(): SpanContext | undefined {
  const active = trace.getSpanContext(context.active());
  return active && isSpanContextValid(active) ? active : undefined;
}

/** The span that this is called in, for what is to come of it later; undefined if it is not recorded. */
export function traceparent(): string | undefined {
  const active = activeSpan();
  return active && active.traceFlags & TraceFlags.SAMPLED ? traceparentOf(active) : undefined;
}

/** For what is set in the span that this is called in, so that what comes of it later leads back; empty if none is recorded. */
export function traceOrigin(atMs: number): { trace?: { traceparent: string; atMs: number } } {
  const parent = traceparent();
  return parent === undefined ? {} : { trace: { traceparent: parent, atMs } };
}

/** As in W3C Trace Context. */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** Undefined if it is not one that we have written. */
export function parseTraceparent(text: string): SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(text) ?? [];
  const parsed = { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(parsed) ? parsed : undefined;
}

/** Runs it in a span of its own. Of an error the span has the name only: its words may be secret. */
export async function inSpan<T>(
  name: string,
  options: Pick<SpanOptions, 'kind' | 'attributes' | 'links'>,
  run: (span: Span) => Promise<T>,
): Promise<T> {
  return tracer().startActiveSpan(name, options, async (span) => {
    try {
      return await run(span);
    } catch (error) {
      span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown');
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/**
 * Runs what several have asked for, each in a context of its own: in that of the first, and if there are others in a span
 * that is linked with theirs both ways.
 */
export function runTogether<T>(name: string, askers: Context[], run: () => Promise<T>): Promise<T> {
  const [first = context.active(), ...others] = askers;
  const spans = new Set(others.map((other) => trace.getSpan(other)));
  spans.delete(undefined);
  spans.delete(trace.getSpan(first));
  if (spans.size === 0) return context.with(first, run);
  const links = [...(spans as Set<Span>)].map((span): Link => ({ context: span.spanContext() }));
  const attributes = { 'timekeeper.requests': spans.size + 1 };
  return context.with(first, () =>
    inSpan(name, { attributes, links }, (span) => {
      for (const other of spans) other?.addLink({ context: span.spanContext() });
      return run();
    }),
  );
}
