import { describe, expect, it } from '@jest/globals';
import { createTraceState } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { CleanExporter } from './clean-exporter.js';
import { BEGUN_BY_WORKFLOW, samplers } from './samplers.js';

function exported(scope: string, keeps = () => true) {
  const memory = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor(new CleanExporter(memory, keeps))];
  const span = new BasicTracerProvider({ spanProcessors }).getTracer(scope).startSpan('a span');
  span.setAttributes({ workflowId: 'timers:acme:1', memo: 'secret', host: 'ours' });
  span.recordException(new TypeError('secret'));
  span.setStatus({ code: 2, message: 'secret' });
  span.end();
  return memory.getFinishedSpans();
}

describe('what goes to the collector', () => {
  it('of a span of the SDK has what is allowed and no words of errors', () => {
    const [span] = exported('@temporalio/interceptor-workflow');
    expect(span).toMatchObject({
      name: 'a span',
      attributes: { workflowId: 'timers:acme:1' },
      status: { code: 2 },
    });
    expect(span?.events.map(({ attributes }) => attributes)).toEqual([{ 'exception.type': 'TypeError' }]);
    expect(JSON.stringify([span?.attributes, span?.events, span?.status])).not.toContain('secret');
  });

  it('of a span of somebody else is all that it has', () => {
    expect(exported('somebody')[0]?.attributes).toMatchObject({ host: 'ours' });
  });

  it('leaves out what is not kept', () => {
    expect(exported('somebody', () => false)).toEqual([]);
  });
});

describe('a trace that a workflow has begun', () => {
  const begun = (traceId: string, traceState = `${BEGUN_BY_WORKFLOW}=workflow`) => ({
    ...{ traceId, spanId: 'b7ad6b7169203331', traceFlags: 1, traceState: createTraceState(traceState) },
  });
  const LOW = '00000000000000000000000000000001';
  const HIGH = 'ffffffff000000000000000000000000';

  it('is kept by its id, as the share says', () => {
    const { keeps } = samplers({ sampler: 'parentbased_traceidratio', share: 0.5 });
    expect([keeps(begun(LOW)), keeps(begun(HIGH))]).toEqual([true, false]);
    const none = samplers({ sampler: 'parentbased_traceidratio', share: 0 }).keeps;
    expect([none(begun(LOW)), none(begun(HIGH))]).toEqual([false, false]);
  });

  it('is kept as decided elsewhere if it began elsewhere', () => {
    const { keeps } = samplers({ sampler: 'parentbased_traceidratio', share: 0 });
    expect(keeps(begun(LOW, 'vendor=1'))).toBe(true);
  });
});
