// First: they have the sandbox look like a browser, which OpenTelemetry asks for when it is loaded.
import '@temporalio/interceptors-opentelemetry-v2/lib/workflow/performance-polyfill.js';
import '@temporalio/interceptors-opentelemetry-v2/lib/workflow/runtime.js';
import {
  context,
  createTraceState,
  propagation,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import type { Context, Link, Span, SpanContext } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  ParentBasedSampler,
  SamplingDecision,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import {
  extractContextFromHeaders,
  headersWithContext,
} from '@temporalio/interceptors-opentelemetry-v2/lib/instrumentation.js';
import { ContextManager } from '@temporalio/interceptors-opentelemetry-v2/lib/workflow/context-manager.js';
import { DeterministicIdGenerator } from '@temporalio/interceptors-opentelemetry-v2/lib/workflow/id-generator.js';
import { SpanExporter } from '@temporalio/interceptors-opentelemetry-v2/lib/workflow/span-exporter.js';
import { ContinueAsNew, workflowInfo } from '@temporalio/workflow';
import type { Headers, WorkflowInterceptors } from '@temporalio/workflow';

/** The same as outside: see `NEAR_MS` and `BEGUN_BY_WORKFLOW` in libs/observability. */
const NEAR_MS = 10 * 60_000;
const BEGUN_BY_WORKFLOW = 'timekeeper';

/**
 * Interceptors of workflows where traces are on; only bundles for tracing have them.
 *
 * Those of the SDK await what they pass on, so that the commands of a workflow come in another order than without them:
 * traces could not be switched on while workflows are under way. These hand on the very promise that they get, so that
 * histories replay with and without them.
 */
export function interceptors(): WorkflowInterceptors {
  const manager = new ContextManager();
  context.setGlobalContextManager(manager);
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const spans = new WorkflowSpans();
  const { workflowType } = workflowInfo();
  return {
    inbound: [
      {
        execute: (input, next) =>
          spans.received(`RunWorkflow:${workflowType}`, input, () => {
            spans.begin();
            return next(input);
          }),
        handleSignal: (input, next) =>
          spans.received(`HandleSignal:${input.signalName}`, input, () => next(input)),
        handleUpdate: (input, next) => spans.received(`HandleUpdate:${input.name}`, input, () => next(input)),
        handleQuery: (input, next) =>
          spans.received(`HandleQuery:${input.queryName}`, input, () => next(input)),
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => spans.sent(`StartActivity:${input.activityType}`, input, next),
        startChildWorkflowExecution: (input, next) =>
          spans.sent(`StartChildWorkflow:${input.workflowType}`, input, next),
        signalWorkflow: (input, next) => spans.sent(`SignalWorkflow:${input.signalName}`, input, next),
        continueAsNew: (input, next) => spans.sent(`ContinueAsNew:${workflowType}`, input, next),
      },
    ],
    internals: [
      {
        dispose: (input, next) => {
          manager.disable();
          next(input);
        },
      },
    ],
  };
}

/**
 * What a workflow does after a long sleep goes into a trace of its own, linked to the one that it began in: nobody keeps a
 * trace open for months. Without a sleep between, what it does stays together however long it takes.
 */
class WorkflowSpans {
  private readonly tracer = newTracer();
  private first?: SpanContext;
  private current: Context = ROOT_CONTEXT;
  private lastMs = 0;

  /** From here on is the run itself. */
  begin(): void {
    this.current = context.active();
    this.first = trace.getSpanContext(this.current);
    this.lastMs = Date.now();
  }

  received<T>(name: string, { headers }: { headers: Headers }, act: () => Promise<T>): Promise<T> {
    const parent = extractContextFromHeaders(headers) ?? context.active();
    return this.during(name, parent, act);
  }

  sent<Input extends { headers: Headers }, T>(
    name: string,
    input: Input,
    next: (input: Input) => Promise<T>,
  ): Promise<T> {
    const act = () => next({ ...input, headers: headersWithContext(input.headers) });
    const sent = this.during(name, this.place(), act);
    const touch = () => void (this.lastMs = Date.now());
    sent.then(touch, touch);
    return sent;
  }

  // The promise is handed on as it came: see above.
  private during<T>(name: string, parent: Context, act: () => Promise<T>): Promise<T> {
    const span = this.tracer.startSpan(name, {}, parent);
    const acted = context.with(trace.setSpan(parent, span), act);
    acted.then(
      () => span.end(),
      (error: unknown) => fail(span, error),
    );
    return acted;
  }

  private place(): Context {
    const { first } = this;
    const active = context.active();
    // Called from the handler of a signal or an update: that has a trace already.
    const isOfRun = first && trace.getSpanContext(active)?.spanId === first.spanId;
    if (!isOfRun || !(first.traceFlags & TraceFlags.SAMPLED)) return active;
    if (Date.now() - this.lastMs > NEAR_MS) this.wakeUp(first);
    this.lastMs = Date.now();
    return this.current;
  }

  private wakeUp({ traceId, spanId, traceFlags }: SpanContext): void {
    const links = [{ context: { traceId, spanId, traceFlags } }];
    const span = this.tracer.startSpan(`WakeUp:${workflowInfo().workflowType}`, { root: true, links });
    this.current = trace.setSpan(ROOT_CONTEXT, span);
    span.end();
  }
}

function fail(span: Span, error: unknown): void {
  if (!(error instanceof ContinueAsNew)) {
    span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown');
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

/** Says of traces without a parent that they began here. */
function newTracer() {
  return new BasicTracerProvider({
    idGenerator: new DeterministicIdGenerator(),
    sampler: new ParentBasedSampler({
      root: {
        shouldSample: (_parent, _traceId, _name, _kind, _attributes, links: Link[]) => ({
          decision: SamplingDecision.RECORD_AND_SAMPLED,
          // With a link it belongs to a trace that was decided on.
          ...(links.length === 0 && { traceState: createTraceState(`${BEGUN_BY_WORKFLOW}=workflow`) }),
        }),
        toString: () => BEGUN_BY_WORKFLOW,
      },
    }),
    spanProcessors: [new SimpleSpanProcessor(new SpanExporter())],
  }).getTracer('@temporalio/interceptor-workflow');
}
