import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import type { BlastChannel } from '#contracts/blast.js';
import type { RecipientResult } from '#database/blast-sending.js';
import { Metrics } from '#observability/metrics.js';

/** What a worker tells of the blasts that it sends. */
@Injectable()
export class BlastMetrics {
  private readonly recipients: Counter<'channel' | 'outcome'>;
  private held = 0;

  constructor(metrics: Metrics) {
    this.recipients = metrics.counter({
      name: 'blast_recipients_total',
      help: 'Attempts at recipients of blasts, and what came of them',
      labels: ['channel', 'outcome'],
    });
    metrics.gauge({ name: 'blast_batches_held', help: 'Batches of blasts that are under way' }, (each) =>
      each.set(this.held),
    );
  }

  /** What is recorded now; what was given back without an attempt is none. */
  record(channel: BlastChannel, results: readonly RecipientResult[]): void {
    for (const { status, uncounted } of results) {
      if (status === 'pending' && uncounted) continue;
      // Pending after an attempt: it is tried again later.
      this.recipients.inc({ channel, outcome: status === 'pending' ? 'retry' : status });
    }
  }

  /** A batch begins; to be called again, with -1, when it ends. */
  batches(more: 1 | -1): void {
    this.held += more;
  }
}
