import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Agent } from 'undici';
import type { Attempt, AttemptError, Delivery } from '#contracts/delivery.js';
import { requestTarget } from '#contracts/webhook-url.js';
import { AddressGuard, DestinationBlocked } from './address-guard.js';
import { AnswerBody } from './answer-body.js';
import { EngineClock } from './engine-clock.js';
import { guardedConnector } from './guarded-connector.js';
import { retryAfterMs } from './retry-after.js';
import { WarmConnections } from './warm-connections.js';

/** Shorter than the 5 s after which common servers close an idle connection, or a request could meet its end. */
const KEEP_ALIVE_MS = 3_000;

export interface WebhookSenderOptions {
  allowCidrs: readonly string[];
  userAgent: string;
}

/** Makes one attempt. What the destination does is a result and never thrown. */
@Injectable()
export class WebhookSender implements OnApplicationShutdown {
  private readonly agent: Agent;
  private readonly warm: WarmConnections;

  constructor(
    private readonly options: WebhookSenderOptions,
    private readonly clock: EngineClock,
  ) {
    this.warm = new WarmConnections(guardedConnector(new AddressGuard(options.allowCidrs)));
    this.agent = new Agent({
      // As many as it takes: who may have how many requests under way is decided before (see `Slots`), and tenants
      // that send to the same destination must not wait for each other.
      connections: null,
      connect: this.warm.connector,
      keepAliveTimeout: KEEP_ALIVE_MS,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * The attempt ends with the status of the answer and the beginning of its body. What follows is only read to free the
   * connection: `connectionFree` resolves when that is done too.
   */
  send(
    delivery: Delivery,
    timeoutMs: number,
  ): { attempt: Promise<Attempt>; connectionFree: Promise<unknown> } {
    const startedMs = this.clock.now();
    const answer = this.request(delivery, startedMs, timeoutMs).then(({ statusCode, headers, body }) => ({
      ...{ statusCode, retryAfterMs: retryAfterMs(headers['retry-after'], this.clock.now()) },
      body: new AnswerBody(body),
    }));
    const { index, attempt: number } = delivery;
    const ended = (outcome: Partial<Attempt>): Attempt => ({
      ...{ index, attempt: number, startedMs, finishedMs: this.clock.now() },
      ...outcome,
    });
    const attempt = answer.then(
      async ({ body, ...outcome }) => ended({ ...outcome, answer: await body.beginning() }),
      (error: unknown) => ended({ error: errorClass(error) }),
    );
    const connectionFree = answer.then(({ body }) => body.read()).catch(() => undefined);
    return { attempt, connectionFree };
  }

  private async request(delivery: Delivery, startedMs: number, timeoutMs: number) {
    const { id, url, method = 'POST', headers, body, bodyEncoding } = delivery;
    const { origin, path } = requestTarget(url, id);
    return this.agent.request({
      origin,
      path,
      method,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'user-agent': this.options.userAgent,
        ...headers,
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(startedMs / 1000)),
      },
      body: body === undefined ? undefined : Buffer.from(body, bodyEncoding ?? 'utf8'),
    });
  }

  /** Sees to it that a connection to the destination is open, for a request that is due soon. */
  warmUp(url: string): void {
    const { origin } = new URL(url);
    const stats = this.agent.stats[origin];
    const idle = stats && 'free' in stats ? stats.free : 0;
    if (idle === 0) this.warm.open(origin);
  }

  async onApplicationShutdown(): Promise<void> {
    this.warm.close();
    await this.agent.destroy();
  }
}

function errorClass(error: unknown): AttemptError {
  const { name = '', code = '', message = '' } = error as NodeJS.ErrnoException;
  if (error instanceof DestinationBlocked) return 'blocked';
  if (error instanceof AggregateError && error.errors.length > 0) return errorClass(error.errors[0]);
  if (
    name === 'TimeoutError' ||
    name === 'AbortError' ||
    code === 'UND_ERR_CONNECT_TIMEOUT' ||
    code === 'ETIMEDOUT'
  ) {
    return 'timeout';
  }
  if (/^(ENOTFOUND|EAI_|ENODATA)/.test(code)) return 'dns';
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EACCES)$/.test(code)) return 'connect';
  if (/^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|EPROTO)/.test(code)) return 'tls';
  if (/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/.test(code)) return 'reset';
  if (/^(HPE_|UND_ERR_)/.test(code)) return 'http';
  return /certificate/i.test(message) ? 'tls' : 'connect';
}
