import { Injectable } from '@nestjs/common';
import type { Attempt, Delivery, DeliveryWindow } from '#contracts/delivery.js';
import { withLogFields } from '#observability/log-context.js';
import { Logger } from '#observability/logger.js';
import { DeliveryMetrics } from '../../metrics/delivery-metrics.js';
import { EmailSender } from '../email/email-sender.js';
import { AttemptSpans } from './attempt-spans.js';
import { WebhookSender } from './webhook-sender.js';

/** An attempt that has begun. */
export interface Sending {
  attempt: Promise<Attempt>;
  /** Resolves when its place is free for others. */
  connectionFree: Promise<unknown>;
  /** When the first byte of the message went out; undefined as long as it has not. */
  firstByteMs: () => number | undefined;
}

/** Makes each attempt in the way of its delivery. */
@Injectable()
export class Sender {
  constructor(
    private readonly webhooks: WebhookSender,
    private readonly emails: EmailSender,
    private readonly metrics: DeliveryMetrics,
    private readonly spans: AttemptSpans,
    private readonly logger: Logger,
  ) {}

  /** `mayBegin` is asked where the attempt has to wait for something, such as a connection to the mail server. */
  send(
    delivery: Delivery,
    window: Pick<DeliveryWindow, 'tenant' | 'requestTimeoutMs'>,
    mayBegin?: () => Promise<boolean>,
  ): Sending {
    const { id, attempt: number } = delivery;
    return withLogFields({ timer: id, attempt: number }, () =>
      this.spans.during(delivery, window.tenant, (traced) => {
        const sending = this.begin(traced, window, mayBegin);
        void sending.attempt.then((attempt) => this.ended(delivery, attempt, sending.firstByteMs()));
        return sending;
      }),
    );
  }

  private begin(
    delivery: Delivery,
    window: Pick<DeliveryWindow, 'tenant' | 'requestTimeoutMs'>,
    mayBegin?: () => Promise<boolean>,
  ): Sending {
    const { email } = delivery;
    if (!email) return this.webhooks.send(delivery, window);
    return this.emails.send({ ...delivery, email }, window, mayBegin);
  }

  private ended(delivery: Delivery, attempt: Attempt, firstByteMs?: number): void {
    this.metrics.record(delivery, attempt, firstByteMs);
    const { startedMs, finishedMs, statusCode, error } = attempt;
    const durationMs = Math.round(finishedMs - startedMs);
    this.logger.debug({ statusCode, error, durationMs }, 'An attempt has ended');
  }

  /** Resolves when deliveries of the tenant can be sent: to be awaited before the first. */
  prepare(tenant: string): Promise<void> {
    return this.webhooks.prepare(tenant);
  }

  /** Sees to it that a connection is open for a delivery that is due soon. */
  warmUp({ url, email }: Delivery): void {
    if (!email) this.webhooks.warmUp(url);
  }
}
