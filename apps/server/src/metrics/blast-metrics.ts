import { Injectable, Optional } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { BLAST_STATUSES } from '#contracts/blast.js';
import { Blasts } from '#database/blasts.js';
import { Database } from '#database/database.js';
import { Metrics } from '#observability/metrics.js';

/** How blasts stand, asked of the database when Prometheus asks. Each server tells the same. */
@Injectable()
export class BlastMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    @Optional() private readonly database?: Database,
  ) {}

  onModuleInit(): void {
    const options = { name: 'blasts', help: 'Blasts of all tenants that are kept', labels: ['status'] };
    const { database } = this;
    this.metrics.gauge(options, async (gauge) => {
      if (!database) return;
      const counts = await new Blasts(database).countByStatus().catch(() => undefined);
      // What the database does not tell is no number of anything.
      for (const status of BLAST_STATUSES) gauge.set({ status }, counts ? (counts.get(status) ?? 0) : NaN);
    });
  }
}
