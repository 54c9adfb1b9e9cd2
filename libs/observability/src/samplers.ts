import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { Sampler } from '@opentelemetry/sdk-trace-base';
import type { TracingSettings } from './tracing.js';

/**
 * The entry in the state of a trace which says that a workflow has begun it, because nobody asked for it: the run of a
 * schedule. The sandbox of workflows knows no settings, so whether it is kept is decided here, by its id alone.
 */
export const BEGUN_BY_WORKFLOW = 'timekeeper';

export interface Samplers {
  sampler: Sampler;
  /** Whether a span from the sandbox is kept. */
  keeps: (span: SpanContext) => boolean;
}

export function samplers({ sampler: name, share }: Pick<TracingSettings, 'sampler' | 'share'>): Samplers {
  const root = rootSampler(name, share);
  const chosen = name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
  const keeps = ({ traceId, traceState }: SpanContext) =>
    traceState?.get(BEGUN_BY_WORKFLOW) === undefined ||
    decide(root, traceId) === SamplingDecision.RECORD_AND_SAMPLED;
  const sampler: Sampler = {
    shouldSample(parent, ...rest) {
      const begun = trace.getSpanContext(parent);
      if (begun && !keeps(begun)) return { decision: SamplingDecision.NOT_RECORD };
      return chosen.shouldSample(parent, ...rest);
    },
    toString: () => name,
  };
  return { sampler, keeps };
}

function rootSampler(name: TracingSettings['sampler'], share: number): Sampler {
  if (name.endsWith('always_off')) return new AlwaysOffSampler();
  return name.endsWith('traceidratio') ? new TraceIdRatioBasedSampler(share) : new AlwaysOnSampler();
}

function decide(root: Sampler, traceId: string): SamplingDecision {
  return root.shouldSample(ROOT_CONTEXT, traceId, '', SpanKind.INTERNAL, {}, []).decision;
}
