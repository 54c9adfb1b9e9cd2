import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Agent } from 'undici';
import type { Attempt, Delivery, DeliveryWindow } from '#contracts/delivery.js';
import { requestTarget } from '#contracts/webhook-url.js';
import type { DestinationPolicy } from '#destinations/destination-policy.js';
import { hostName } from '#destinations/destination-policy.js';
import { signatureHeader } from '#signing/signature.js';
import { attemptError } from './attempt-error.js';
import { EngineClock } from './engine-clock.js';
import { guardedConnector } from './guarded-connector.js';
import type { GuardedConnectorOptions } from './guarded-connector.js';
import { SigningKeys } from './signing-keys.js';
import { WarmConnections } from './warm-connections.js';

/** Of an answer's body this much is read, so that the connection can be used again; more is cut off. */
const MAX_BODY_BYTES = 64 * 1024;
/** And for this long. */
const BODY_TIMEOUT_MS = 2_000;
/** Shorter than the 5 s after which common servers close an idle connection, or a request could meet its end. */
const KEEP_ALIVE_MS = 3_000;

export interface WebhookSenderOptions {
  policy: DestinationPolicy;
  userAgent: string;
  connectionsPerDestination: number;
  connecting?: GuardedConnectorOptions;
  bodyTimeoutMs?: number;
}

const NO_BODY = new Uint8Array();

/** Makes one attempt. What the destination does is a result and never thrown. */
@Injectable()
export class WebhookSender implements OnApplicationShutdown {
  private readonly agent: Agent;
  private readonly warm: WarmConnections;
  private readonly bodyTimeoutMs: number;

  constructor(
    private readonly options: WebhookSenderOptions,
    private readonly clock: EngineClock,
    private readonly keys: SigningKeys,
  ) {
    this.warm = new WarmConnections(guardedConnector(options.policy, options.connecting));
    this.bodyTimeoutMs = options.bodyTimeoutMs ?? BODY_TIMEOUT_MS;
    this.agent = new Agent({
      connect: this.warm.connector,
      connections: options.connectionsPerDestination,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // A destination may ask for less, not for more.
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * The attempt ends with the status of the answer: that decides, and what follows it is only read to free the
   * connection. `connectionFree` resolves when that is done too.
   */
  send(
    delivery: Delivery,
    { tenant, requestTimeoutMs }: Pick<DeliveryWindow, 'tenant' | 'requestTimeoutMs'>,
  ): { attempt: Promise<Attempt>; connectionFree: Promise<unknown> } {
    const startedMs = this.clock.now();
    const answer = this.request(tenant, delivery, startedMs, requestTimeoutMs);
    const { index, attempt: number } = delivery;
    const ended = (outcome: Pick<Attempt, 'statusCode' | 'error'>): Attempt => ({
      ...{ index, attempt: number, startedMs, finishedMs: this.clock.now() },
      ...outcome,
    });
    const attempt = answer.then(
      ({ statusCode }) => ended({ statusCode }),
      (error: unknown) => ended({ error: attemptError(error) }),
    );
    const connectionFree = answer
      .then(({ body }) =>
        body.dump({ limit: MAX_BODY_BYTES, signal: AbortSignal.timeout(this.bodyTimeoutMs) }),
      )
      .catch(() => undefined);
    return { attempt, connectionFree };
  }

  private async request(tenant: string, { id, url }: Delivery, startedMs: number, timeoutMs: number) {
    const { origin, path } = requestTarget(url, id);
    const timestampSeconds = Math.floor(startedMs / 1000);
    const secrets = this.keys.secretsFor(tenant, hostName(new URL(url).hostname));
    const signature = signatureHeader({ id, timestampSeconds, body: NO_BODY }, secrets);
    return this.agent.request({
      origin,
      path,
      method: 'POST',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'user-agent': this.options.userAgent,
        'webhook-id': id,
        'webhook-timestamp': String(timestampSeconds),
        ...(signature && { 'webhook-signature': signature }),
      },
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
