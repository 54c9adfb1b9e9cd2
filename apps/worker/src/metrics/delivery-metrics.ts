import { Injectable } from '@nestjs/common';
import type { Counter, Histogram } from 'prom-client';
import { isSuccess } from '#contracts/delivery.js';
import type { Attempt, Delivery } from '#contracts/delivery.js';
import { Metrics } from '#observability/metrics.js';

const BUCKETS_SECONDS = [
  ...[0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  ...[1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200],
];

/** What a worker tells of its deliveries. */
@Injectable()
export class DeliveryMetrics {
  private readonly lateness: Histogram<'channel' | 'attempt'>;
  private readonly attempts: Counter<'channel' | 'outcome' | 'error'>;

  constructor(metrics: Metrics) {
    this.lateness = metrics.histogram({
      name: 'delivery_lateness_seconds',
      help: 'From when an attempt was due until the first byte of it was sent',
      labels: ['channel', 'attempt'],
      bucketsSeconds: BUCKETS_SECONDS,
    });
    this.attempts = metrics.counter({
      name: 'attempts_total',
      help: 'Attempts that have ended, and why those that failed did',
      labels: ['channel', 'outcome', 'error'],
    });
  }

  /** Of an attempt that has ended; `firstByteMs` is absent if none was sent, as where nobody could be reached. */
  record(
    { email, atMs, plannedMs = atMs, successStatuses }: Delivery,
    { attempt, statusCode, error }: Attempt,
    firstByteMs?: number,
  ): void {
    const channel = email ? 'email' : 'webhook';
    const kind = attempt === 1 ? 'first' : 'retry';
    if (firstByteMs !== undefined)
      this.lateness.observe({ channel, attempt: kind }, Math.max(0, firstByteMs - plannedMs) / 1000);
    const isDelivered = isSuccess(statusCode, successStatuses);
    const reason = error ?? (isDelivered ? 'none' : `status_${Math.floor((statusCode ?? 0) / 100)}xx`);
    this.attempts.inc({ channel, outcome: isDelivered ? 'delivered' : 'failed', error: reason });
  }
}
