import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import type { Attempt, Delivery, DeliveryWindow } from '#contracts/delivery.js';
import { requestTarget } from '#contracts/webhook-url.js';
import type { DestinationPolicy } from '#destinations/destination-policy.js';
import { DestinationBlocked, hostName } from '#destinations/destination-policy.js';
import { signatureHeader } from '#signing/signature.js';
import type { SigningSecret } from '#signing/signing-secret.js';
import { AnswerBody } from './answer-body.js';
import { attemptError } from './attempt-error.js';
import { Deadline } from './deadline.js';
import { EngineClock } from './engine-clock.js';
import { guardedConnector } from './guarded-connector.js';
import type { GuardedConnectorOptions } from './guarded-connector.js';
import { tellOfFirstByte } from './first-byte.js';
import type { FirstByteOptions } from './first-byte.js';
import type { Sending } from './sender.js';
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
  private readonly dispatcher: Dispatcher;
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
    this.dispatcher = this.agent.compose(tellOfFirstByte);
  }

  /**
   * The attempt ends with the status of the answer and the beginning of its body. What follows is only read to free the
   * connection: `connectionFree` resolves when that is done too.
   */
  send(delivery: Delivery, window: Pick<DeliveryWindow, 'tenant' | 'requestTimeoutMs'>): Sending {
    const startedMs = this.clock.now();
    let firstByteMs: number | undefined;
    const onFirstByte = () => (firstByteMs = this.clock.now());
    const deadline = new Deadline(delivery.timeoutMs ?? window.requestTimeoutMs);
    const { signal } = deadline;
    const answer = this.request(delivery, startedMs, window.tenant, { signal, onFirstByte }).then(
      ({ statusCode, headers, body }) => ({
        ...{ statusCode, retryAfterMs: retryAfterMs(headers['retry-after'], this.clock.now()) },
        body: new AnswerBody(body, this.options.bodyTimeoutMs),
      }),
    );
    const { index, attempt: number } = delivery;
    const ended = (outcome: Partial<Attempt>): Attempt => ({
      ...{ index, attempt: number, startedMs, finishedMs: this.clock.now() },
      ...outcome,
    });
    const attempt = answer.then(
      async ({ body, ...outcome }) => ended({ ...outcome, answer: await body.beginning() }),
      (error: unknown) => ended({ error: attemptError(error) }),
    );
    const connectionFree = answer.then(
      ({ body }) => body.read(),
      () => undefined,
    );
    void connectionFree.then(() => deadline.clear());
    return { attempt, connectionFree, firstByteMs: () => firstByteMs };
  }

  private async request(
    { id, url, method = 'POST', headers, body, bodyEncoding, endpointId }: Delivery,
    startedMs: number,
    tenant: string,
    watching: FirstByteOptions & Pick<Dispatcher.RequestOptions, 'signal'>,
  ) {
    const { origin, path } = requestTarget(url, id);
    const bytes = body === undefined ? undefined : Buffer.from(body, bodyEncoding ?? 'utf8');
    const timestampSeconds = Math.floor(startedMs / 1000);
    const secrets =
      endpointId === undefined
        ? this.keys.secretsFor(tenant, hostName(new URL(url).hostname))
        : await this.secretsOf(tenant, endpointId);
    const signature = signatureHeader({ id, timestampSeconds, body: bytes ?? NO_BODY }, secrets);
    const options: Dispatcher.RequestOptions & FirstByteOptions = {
      ...watching,
      origin,
      path,
      method,
      headers: {
        'user-agent': this.options.userAgent,
        ...headers,
        'webhook-id': id,
        'webhook-timestamp': String(timestampSeconds),
        ...(signature && { 'webhook-signature': signature }),
      },
      body: bytes,
    };
    return this.dispatcher.request(options);
  }

  private async secretsOf(tenant: string, endpointId: string): Promise<SigningSecret[]> {
    const known = this.keys.secretsOf(tenant, endpointId);
    if (known.length > 0) return known;
    await this.keys.refresh(tenant);
    const secrets = this.keys.secretsOf(tenant, endpointId);
    // It is not there any more: nobody wants this, and nothing goes out unsigned instead.
    if (secrets.length === 0) throw new DestinationBlocked('endpoint');
    return secrets;
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
