import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Agent } from 'undici';
import type { Attempt, Delivery, DeliveryWindow } from '#contracts/delivery.js';
import { requestTarget } from '#contracts/webhook-url.js';
import type { DestinationPolicy } from '#destinations/destination-policy.js';
import { hostName } from '#destinations/destination-policy.js';
import { signatureHeader } from '#signing/signature.js';
import { AnswerBody } from './answer-body.js';
import { attemptError } from './attempt-error.js';
import { EngineClock } from './engine-clock.js';
import { guardedConnector } from './guarded-connector.js';
import type { GuardedConnectorOptions } from './guarded-connector.js';
import { retryAfterMs } from './retry-after.js';
import { SigningKeys } from './signing-keys.js';
import { WarmConnections } from './warm-connections.js';

/** Shorter than the 5 s after which common servers close an idle connection, or a request could meet its end. */
const KEEP_ALIVE_MS = 3_000;

export interface WebhookSenderOptions {
  policy: DestinationPolicy;
  userAgent: string;
  connecting?: GuardedConnectorOptions;
  /** An answer's body is read for so long. */
  bodyTimeoutMs?: number;
}

const NO_BODY = new Uint8Array();

/** Makes one attempt. What the destination does is a result and never thrown. */
@Injectable()
export class WebhookSender implements OnApplicationShutdown {
  private readonly agent: Agent;
  private readonly warm: WarmConnections;

  constructor(
    private readonly options: WebhookSenderOptions,
    private readonly clock: EngineClock,
    private readonly keys: SigningKeys,
  ) {
    this.warm = new WarmConnections(guardedConnector(options.policy, options.connecting));
    this.agent = new Agent({
      // As many as it takes: who may have how many requests under way is decided before (see `Slots`), and tenants
      // that send to the same destination must not wait for each other.
      connections: null,
      connect: this.warm.connector,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // A destination may ask for less, not for more.
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
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
    window: Pick<DeliveryWindow, 'tenant' | 'requestTimeoutMs'>,
  ): { attempt: Promise<Attempt>; connectionFree: Promise<unknown> } {
    const startedMs = this.clock.now();
    const answer = this.request(delivery, startedMs, window).then(({ statusCode, headers, body }) => ({
      ...{ statusCode, retryAfterMs: retryAfterMs(headers['retry-after'], this.clock.now()) },
      body: new AnswerBody(body, this.options.bodyTimeoutMs),
    }));
    const { index, attempt: number } = delivery;
    const ended = (outcome: Partial<Attempt>): Attempt => ({
      ...{ index, attempt: number, startedMs, finishedMs: this.clock.now() },
      ...outcome,
    });
    const attempt = answer.then(
      async ({ body, ...outcome }) => ended({ ...outcome, answer: await body.beginning() }),
      (error: unknown) => ended({ error: attemptError(error) }),
    );
    const connectionFree = answer.then(({ body }) => body.read()).catch(() => undefined);
    return { attempt, connectionFree };
  }

  private async request(
    { id, url, method = 'POST', headers, body, bodyEncoding, timeoutMs }: Delivery,
    startedMs: number,
    { tenant, requestTimeoutMs }: Pick<DeliveryWindow, 'tenant' | 'requestTimeoutMs'>,
  ) {
    const { origin, path } = requestTarget(url, id);
    const bytes = body === undefined ? undefined : Buffer.from(body, bodyEncoding ?? 'utf8');
    const timestampSeconds = Math.floor(startedMs / 1000);
    const secrets = this.keys.secretsFor(tenant, hostName(new URL(url).hostname));
    const signature = signatureHeader({ id, timestampSeconds, body: bytes ?? NO_BODY }, secrets);
    return this.agent.request({
      origin,
      path,
      method,
      signal: AbortSignal.timeout(timeoutMs ?? requestTimeoutMs),
      headers: {
        'user-agent': this.options.userAgent,
        ...headers,
        'webhook-id': id,
        'webhook-timestamp': String(timestampSeconds),
        ...(signature && { 'webhook-signature': signature }),
      },
      body: bytes,
    });
  }

  /** Resolves when deliveries of the tenant can be signed: to be awaited before the first is sent. */
  prepare(tenant: string): Promise<void> {
    return this.keys.prepare(tenant);
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
