import { Inject, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { Client } from '@temporalio/client';
import type { Metrics } from '#observability/metrics.js';
import { createClient } from './connection.js';
import { EngineCalls } from './engine-calls.js';
import type { EngineAddress } from './connection.js';

/** Provides the Temporal `Client`, and closes its connection when everything else has shut down. */
@Module({})
export class TemporalClientModule implements OnApplicationShutdown {
  constructor(@Inject(Client) private readonly client: Client) {}

  static register(engine: EngineAddress, identity: string, metrics?: Metrics): DynamicModule {
    const calls = metrics && new EngineCalls(metrics);
    const client = { provide: Client, useFactory: () => createClient(engine, identity, calls) };
    return { module: TemporalClientModule, global: true, providers: [client], exports: [client] };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.client.connection.close();
  }
}
