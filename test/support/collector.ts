import protobuf from 'protobufjs';
import { waitUntil } from '../../scripts/wait-until.js';
import { Receiver } from './receiver.js';

/** What is read of a span in OTLP (opentelemetry-proto, trace/v1/trace.proto), by the numbers of its fields. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    repeated KeyValue attributes = 9; repeated Event events = 11; repeated Link links = 13; Status status = 15;
  }
  message Event { string name = 2; repeated KeyValue attributes = 3; }
  message Link { bytes trace_id = 1; bytes span_id = 2; }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
`);
const Request = root.lookupType('Request');

export interface CollectedSpan {
  service: string;
  traceId: string;
  spanId: string;
  /** Empty: it is the first of its trace. */
  parentId: string;
  name: string;
  attributes: Record<string, unknown>;
  links: { traceId: string; spanId: string }[];
}

/** A real OTLP/HTTP receiver. It keeps every span. */
export class Collector {
  private constructor(private readonly receiver: Receiver) {}

  static async start(): Promise<Collector> {
    return new Collector(await Receiver.start());
  }

  /** What `OTEL_EXPORTER_OTLP_ENDPOINT` is to be. */
  get endpoint(): string {
    return this.receiver.url('');
  }

  get requests() {
    return this.receiver.at('/v1/traces');
  }

  get spans(): CollectedSpan[] {
    return this.requests.flatMap(({ bytes }) => spansOf(bytes));
  }

  ofTrace(traceId: string): CollectedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  /** Waits for a span. */
  async span(what: string, isIt: (span: CollectedSpan) => boolean): Promise<CollectedSpan> {
    const seen = () => `a span ${what}, there are ${this.spans.map(({ name }) => name).join(', ')}`;
    return waitUntil(seen, () => this.spans.find(isIt));
  }

  /** Names of the spans from the first of its trace to this one, once all of them have come. */
  async pathTo({ traceId, spanId }: CollectedSpan): Promise<string[]> {
    const path: string[] = [];
    for (let id = spanId; id !== '';) {
      const wanted = id;
      const { name, parentId } = await this.span(wanted, (s) => s.spanId === wanted && s.traceId === traceId);
      path.unshift(name);
      id = parentId;
    }
    return path;
  }

  stop(): Promise<void> {
    return this.receiver.stop();
  }
}

interface KeyValue {
  key: string;
  value?: Record<string, unknown>;
}

interface Ids {
  traceId: string;
  spanId: string;
}

interface OtlpSpan extends Ids {
  parentSpanId?: string;
  name: string;
  attributes?: KeyValue[];
  links?: Ids[];
}

interface OtlpRequest {
  resourceSpans?: {
    resource?: { attributes?: KeyValue[] };
    scopeSpans?: { spans?: OtlpSpan[] }[];
  }[];
}

function spansOf(bytes: Buffer): CollectedSpan[] {
  const request = Request.toObject(Request.decode(bytes), { bytes: String, longs: Number }) as OtlpRequest;
  return (request.resourceSpans ?? []).flatMap(({ resource, scopeSpans = [] }) => {
    const service = String(attributesOf(resource?.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans = [] }) => spans.map((span) => collected(service, span)));
  });
}

function collected(service: string, span: OtlpSpan): CollectedSpan {
  const { name, parentSpanId = '', attributes, links = [] } = span;
  return {
    ...{ service, name, ...hexIds(span), parentId: hex(parentSpanId) },
    ...{ attributes: attributesOf(attributes), links: links.map(hexIds) },
  };
}

function attributesOf(attributes: KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value = {} }) => [key, Object.values(value)[0]]));
}

function hexIds({ traceId, spanId }: Ids): Ids {
  return { traceId: hex(traceId), spanId: hex(spanId) };
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}
