import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { readAccounts } from '#config/accounts.js';
import type { Accounts } from '#config/accounts.js';
import { readCircuit } from '#config/circuit.js';
import type { Env } from '#config/env.js';
import { readWheel } from '#config/wheel.js';
import { DatabaseModule } from '#database/database.module.js';
import { deriveKey } from '#database/sealing.js';
import { Logger } from '#observability/logger.js';
import { TemporalClientModule } from '#temporal/client.module.js';
import type { EngineAddress } from '#temporal/connection.js';
import { DestinationRoutesModule } from './destinations/destination-routes.module.js';
import { codecAccess } from './codec/codec-access.js';
import { CodecModule } from './codec/codec.module.js';
import { DestinationsModule } from './destinations/destinations.module.js';
import { EventsModule } from './events/events.module.js';
import { HealthModule } from './health/health.module.js';
import { AccessGuard } from './http/access.guard.js';
import { ProblemFilter } from './http/problem.filter.js';
import { JobsModule } from './jobs/jobs.module.js';
import { NAMESPACE_SETTINGS, NamespaceSetup } from './namespace-setup.js';
import { OperationsModule } from './operations/operations.module.js';
import { SchedulesModule } from './schedules/schedules.module.js';
import { SigningSecretsModule } from './signing-secrets/signing-secrets.module.js';
import { StatsModule } from './stats/stats.module.js';
import { TenantsModule } from './tenants/tenants.module.js';
import type { TenantsSettings } from './tenants/tenants.settings.js';
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
    const accounts = readAccounts(env);
    const timers = TimersModule.register({
      horizonMs: env.HORIZON_DAYS * 86_400_000,
      startsInFlight: env.GROUP_COMMIT_STARTS,
      taskQueues: env.TENANT_TASK_QUEUES,
      keepsFlows: env.DATABASE_URL !== '',
      bodyLimitBytes: env.BODY_LIMIT_BYTES,
      wheel: readWheel(env),
    });
    const destinations = { circuit: readCircuit(env), taskQueues: env.TENANT_TASK_QUEUES };
    return {
      module: AppModule,
      global: true,
      imports: [
        TemporalClientModule.register(engine, identity),
        DatabaseModule.register(accounts.database),
        HealthModule,
        TenantsModule.register(tenantsSettings(env, accounts)),
        DestinationsModule.register({
          allowCidrs: env.DELIVERY_ALLOW_CIDRS,
          allowHosts: env.DELIVERY_ALLOW_HOSTS,
          allowPorts: env.DELIVERY_ALLOW_PORTS,
        }),
        SigningSecretsModule,
        timers,
        SchedulesModule.register(timers),
        JobsModule.register({
          horizonMs: env.HORIZON_DAYS * 86_400_000,
          taskQueues: env.JOB_TASK_QUEUES,
          sendsMail: env.SMTP_URL !== '',
        }),
        OperationsModule,
        StatsModule,
        EventsModule,
        DestinationRoutesModule.register(destinations),
        ...(codecAccess(env) ? [CodecModule] : []),
      ],
      providers: [
        { provide: Logger, useValue: logger },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_GUARD, useClass: AccessGuard },
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

function tenantsSettings(env: Env, { apiKeys, adminToken, database }: Accounts): TenantsSettings {
  return {
    apiKeys,
    adminToken,
    failedLoginsPerMinute: env.FAILED_LOGINS_PER_MINUTE,
    pepper: database ? deriveKey(database.secretsKey, 'api keys') : Buffer.alloc(0),
    quotas: {
      pendingTimers: env.QUOTA_PENDING_TIMERS,
      createsPerSecond: env.QUOTA_CREATES_PER_SECOND,
      payloadBytes: env.QUOTA_PAYLOAD_BYTES,
    },
  };
}
