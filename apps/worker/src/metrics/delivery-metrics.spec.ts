import { describe, expect, it } from '@jest/globals';
import type { Delivery } from '#contracts/delivery.js';
import { Metrics } from '#observability/metrics.js';
import { DeliveryMetrics } from './delivery-metrics.js';

const webhook = { index: 0, attempt: 1, atMs: 1_000, url: 'http://example.com/' } as Delivery;
const attempt = { index: 0, attempt: 1, startedMs: 1_000, finishedMs: 1_010 };

/** The lines of what is counted, once these have been recorded. */
async function linesOf(name: string, record: (deliveries: DeliveryMetrics) => void): Promise<string[]> {
  const metrics = new Metrics();
  record(new DeliveryMetrics(metrics));
  return (await metrics.text()).split('\n').filter((line) => line.startsWith(`timekeeper_${name}`));
}

describe('the metrics of deliveries', () => {
  it('count attempts by what they came to, a failed one by its reason', async () => {
    const lines = await linesOf('attempts_total', (deliveries) => {
      deliveries.record(webhook, { ...attempt, statusCode: 204 });
      deliveries.record(webhook, { ...attempt, statusCode: 503 });
      deliveries.record(webhook, { ...attempt, error: 'timeout' });
    });
    expect(lines).toEqual([
      'timekeeper_attempts_total{channel="webhook",outcome="delivered",error="none"} 1',
      'timekeeper_attempts_total{channel="webhook",outcome="failed",error="status_5xx"} 1',
      'timekeeper_attempts_total{channel="webhook",outcome="failed",error="timeout"} 1',
    ]);
  });

  it('count as delivered what the timer calls a success, and nothing else', async () => {
    const choosy = { ...webhook, successStatuses: [202, 409] };
    const lines = await linesOf('attempts_total', (deliveries) => {
      deliveries.record(choosy, { ...attempt, statusCode: 409 });
      deliveries.record(choosy, { ...attempt, statusCode: 200 });
    });
    expect(lines).toEqual([
      'timekeeper_attempts_total{channel="webhook",outcome="delivered",error="none"} 1',
      'timekeeper_attempts_total{channel="webhook",outcome="failed",error="status_2xx"} 1',
    ]);
  });

  it('take lateness from when an attempt should have begun, also where it was postponed since', async () => {
    const lines = await linesOf('delivery_lateness_seconds_sum', (deliveries) => {
      deliveries.record(webhook, { ...attempt, statusCode: 200 }, 1_250);
      deliveries.record({ ...webhook, plannedMs: 500 }, { ...attempt, attempt: 2, statusCode: 200 }, 1_000);
      // Nobody could be reached: no byte was sent.
      deliveries.record(webhook, { ...attempt, error: 'connect' });
    });
    expect(lines).toEqual([
      'timekeeper_delivery_lateness_seconds_sum{channel="webhook",attempt="first"} 0.25',
      'timekeeper_delivery_lateness_seconds_sum{channel="webhook",attempt="retry"} 0.5',
    ]);
  });
});
