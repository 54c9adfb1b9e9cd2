import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { MetricsServer } from '#observability/metrics-server.js';
import { Metrics } from '#observability/metrics.js';
import { BlastMetrics } from './blast-metrics.js';
import { EngineMetrics, TENANT_QUEUES } from './engine-metrics.js';

export interface MetricsOptions {
  host: string;
  port: number;
  /** Task queues that single tenants have. */
  tenantQueues: readonly string[];
}

@Module({})
export class MetricsModule {
  static register(metrics: Metrics, { tenantQueues, ...address }: MetricsOptions): DynamicModule {
    return {
      module: MetricsModule,
      global: true,
      providers: [
        { provide: Metrics, useValue: metrics },
        { provide: MetricsServer, useFactory: () => new MetricsServer(metrics, address) },
        { provide: TENANT_QUEUES, useValue: tenantQueues },
        EngineMetrics,
        BlastMetrics,
      ],
      exports: [Metrics],
    };
  }
}
