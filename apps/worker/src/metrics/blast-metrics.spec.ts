import { describe, expect, it } from '@jest/globals';
import { Metrics } from '#observability/metrics.js';
import { BlastMetrics } from './blast-metrics.js';

describe('the metrics of blasts', () => {
  it('count what came of recipients by channel, and not what was given back without an attempt', async () => {
    const metrics = new Metrics();
    const blasts = new BlastMetrics(metrics);
    blasts.record('email', [
      { seq: 1, status: 'sent' },
      { seq: 2, status: 'sent' },
      { seq: 3, status: 'pending' },
      { seq: 4, status: 'pending', uncounted: true },
    ]);
    blasts.record('webhook', [{ seq: 1, status: 'uncertain' }]);
    const lines = (await metrics.text()).split('\n').filter((line) => /^timekeeper_blast_r/.test(line));
    expect(lines).toEqual([
      'timekeeper_blast_recipients_total{channel="email",outcome="sent"} 2',
      'timekeeper_blast_recipients_total{channel="email",outcome="retry"} 1',
      'timekeeper_blast_recipients_total{channel="webhook",outcome="uncertain"} 1',
    ]);
  });

  it('tell how many batches are under way', async () => {
    const metrics = new Metrics();
    const blasts = new BlastMetrics(metrics);
    blasts.batches(1);
    blasts.batches(1);
    blasts.batches(-1);
    expect(await metrics.text()).toMatch(/^timekeeper_blast_batches_held 1$/m);
  });
});
