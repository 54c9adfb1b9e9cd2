import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import type { Env } from '#config/env.js';
import { DatabaseModule } from '#database/database.module.js';
import { Logger } from '#observability/logger.js';
import { TemporalClientModule } from '#temporal/client.module.js';
import type { EngineAddress } from '#temporal/connection.js';
import { DestinationRoutesModule } from './destinations/destination-routes.module.js';
import { codecAccess } from './codec/codec-access.js';
import { CodecModule } from './codec/codec.module.js';
import { HealthModule } from './health/health.module.js';
import { ProblemFilter } from './http/problem.filter.js';
import { NAMESPACE_SETTINGS, NamespaceSetup } from './namespace-setup.js';
import { TimersModule } from './timers/timers.module.js';

export interface AppModuleOptions {
  env: Env;
  engine: EngineAddress;
  identity: string;
  logger: Logger;
}

@Module({})
export class AppModule {
  static register({ env, engine, identity, logger }: AppModuleOptions): DynamicModule {
    const timers = {
      horizonMs: env.HORIZON_DAYS * 86_400_000,
      startsInFlight: env.GROUP_COMMIT_STARTS,
      taskQueues: env.TENANT_TASK_QUEUES,
      keepsFlows: env.DATABASE_URL !== '',
      bodyLimitBytes: env.BODY_LIMIT_BYTES,
      wheel: {
        leadMs: env.WHEEL_LEAD_MS,
        widthMs: env.WHEEL_WIDTH_MS,
        requestTimeoutMs: env.DELIVERY_TIMEOUT_SECONDS * 1000,
        retryDelaysMs: env.RETRY_DELAYS_SECONDS.map((seconds) => seconds * 1000),
      },
    };
    const destinations = {
      circuit: {
        pauseAfterMs: env.DESTINATION_PAUSE_AFTER_SECONDS * 1000,
        probeIntervalMs: env.DESTINATION_PROBE_SECONDS * 1000,
        quietMs: env.DESTINATION_QUIET_SECONDS * 1000,
      },
      taskQueues: env.TENANT_TASK_QUEUES,
    };
    const database = env.DATABASE_URL ? { url: env.DATABASE_URL, secretsKey: env.SECRETS_KEY } : undefined;
    return {
      module: AppModule,
      global: true,
      imports: [
        TemporalClientModule.register(engine, identity),
        HealthModule,
        DatabaseModule.register(database),
        TimersModule.register(timers),
        DestinationRoutesModule.register(destinations),
        ...(codecAccess(env) ? [CodecModule] : []),
      ],
      providers: [
        { provide: Logger, useValue: logger },
        { provide: APP_FILTER, useClass: ProblemFilter },
        {
          provide: NAMESPACE_SETTINGS,
          useValue: { prepare: env.TEMPORAL_PREPARE_NAMESPACE, retentionDays: env.RETENTION_DAYS },
        },
        NamespaceSetup,
      ],
      exports: [Logger, NamespaceSetup],
    };
  }
}
