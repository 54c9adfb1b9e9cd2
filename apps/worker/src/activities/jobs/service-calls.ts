import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Agent } from 'undici';
import type { DestinationPolicy } from '#destinations/destination-policy.js';
import { inSpan, SpanKind, traceparent } from '#observability/tracing.js';
import type { TraceSettings } from '../webhook/attempt-spans.js';
import type { ServiceAnswer, ServiceRequest } from '../../jobs/step-context.js';
import { guardedConnector } from '../webhook/guarded-connector.js';

const TIMEOUT_MS = 30_000;
/** Shorter than the 5 s after which common servers close an idle connection, or a request could meet its end. */
const KEEP_ALIVE_MS = 3_000;
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Headers, and whatever HTTP allows between the parts of a body. */
const AROUND_BYTES = 256 * 1024;

export interface ServiceCallsOptions {
  policy: DestinationPolicy;
  userAgent: string;
  /** Absent: nothing is traced. */
  traces?: TraceSettings;
}

/** Requests of steps to external services, behind the guard that deliveries are behind: no redirects, no private addresses. */
@Injectable()
export class ServiceCalls implements OnApplicationShutdown {
  private readonly agent: Agent;

  constructor(private readonly options: ServiceCallsOptions) {
    this.agent = new Agent({
      connect: guardedConnector(options.policy, { maxAnswerBytes: MAX_ANSWER_BYTES + AROUND_BYTES }),
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Any status is an answer. Rejects where there is none, or one of more than 1 MiB. */
  async call(request: ServiceRequest, signal: AbortSignal): Promise<ServiceAnswer> {
    const { traced, sendsTraceparent } = this.options.traces ?? {};
    if (!traced) return this.ask(request, signal);
    const { url, method = 'POST', headers } = request;
    const attributes = { 'http.request.method': method, 'server.address': new URL(url).hostname };
    return inSpan('call service', { kind: SpanKind.CLIENT, attributes }, async (span) => {
      const parent = sendsTraceparent ? traceparent() : undefined;
      const answer = await this.ask(
        parent ? { ...request, headers: { traceparent: parent, ...headers } } : request,
        signal,
      );
      span.setAttribute('http.response.status_code', answer.statusCode);
      return answer;
    });
  }

  private async ask(
    { url, method = 'POST', headers, body, timeoutMs = TIMEOUT_MS }: ServiceRequest,
    signal: AbortSignal,
  ): Promise<ServiceAnswer> {
    const { origin, pathname, search } = new URL(url);
    const isRaw = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
    const answer = await this.agent.request({
      ...{ origin, path: `${pathname}${search}`, method },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      headers: {
        'user-agent': this.options.userAgent,
        ...(!isRaw && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: isRaw ? body : JSON.stringify(body),
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES)
        throw new Error(`the answer of ${origin} is longer than ${MAX_ANSWER_BYTES} bytes`);
      chunks.push(chunk);
    }
    return { statusCode: answer.statusCode, headers: answer.headers, text: Buffer.concat(chunks).toString() };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }
}
