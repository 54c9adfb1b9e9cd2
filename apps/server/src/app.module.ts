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
import { addressVerifier } from '#messages/address-verifier.js';
import { Faults } from '#observability/faults.js';
import { Logger } from '#observability/logger.js';
import { Metrics } from '#observability/metrics.js';
import { TemporalClientModule } from '#temporal/client.module.js';
import type { EngineAddress } from '#temporal/connection.js';
import { BookingsModule } from './bookings/bookings.module.js';
import { DestinationRoutesModule } from './destinations/destination-routes.module.js';
import { BlastsModule } from './blasts/blasts.module.js';
import { codecAccess } from './codec/codec-access.js';
import { CodecModule } from './codec/codec.module.js';
import { DestinationsModule } from './destinations/destinations.module.js';
import { EmailsModule } from './emails/emails.module.js';
import { EventsModule } from './events/events.module.js';
import { HealthModule } from './health/health.module.js';
import { AccessGuard } from './http/access.guard.js';
import { ProblemFilter } from './http/problem.filter.js';
import { JobAlertsModule } from './job-alerts/job-alerts.module.js';
import { JobsModule } from './jobs/jobs.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { NAMESPACE_SETTINGS, NamespaceSetup } from './namespace-setup.js';
import { OperationsModule } from './operations/operations.module.js';
import { ResultsModule } from './results/results.module.js';
import { SchedulesModule } from './schedules/schedules.module.js';
import { SigningSecretsModule } from './signing-secrets/signing-secrets.module.js';
import { StatsModule } from './stats/stats.module.js';
import { SuppressionsModule } from './suppressions/suppressions.module.js';
import { TemplatesModule } from './templates/templates.module.js';
import { TenantsModule } from './tenants/tenants.module.js';
import type { TenantsSettings } from './tenants/tenants.settings.js';
import { TimersModule } from './timers/timers.module.js';
import { UnsubscribeModule } from './unsubscribe/unsubscribe.module.js';
import type { TimersSettings } from './timers/timers.settings.js';
import { WebhookEndpointsModule } from './webhook-endpoints/webhook-endpoints.module.js';

/** So long after its end a booking can be changed: to undo a mistake. */
const BOOKING_CHANGEABLE_MS = 86_400_000;

export interface AppModuleOptions {
  env: Env;
  engine: EngineAddress;
  identity: string;
  logger: Logger;
  faults: Faults;
  metrics: Metrics;
}

@Module({})
export class AppModule {
  static register({ env, engine, identity, logger, faults, metrics }: AppModuleOptions): DynamicModule {
    const accounts = readAccounts(env);
    const wheel: TimersSettings = {
      horizonMs: env.HORIZON_DAYS * 86_400_000,
      startsInFlight: env.GROUP_COMMIT_STARTS,
      taskQueues: env.TENANT_TASK_QUEUES,
      keepsFlows: env.DATABASE_URL !== '',
      bodyLimitBytes: env.BODY_LIMIT_BYTES,
      wheel: readWheel(env),
    };
    const timers = TimersModule.register(wheel);
    const jobs = JobsModule.register({
      horizonMs: env.HORIZON_DAYS * 86_400_000,
      taskQueues: env.JOB_TASK_QUEUES,
      sendsMail: env.SMTP_URL !== '',
    });
    const verifier = addressVerifier(env.EMAIL_VERIFIER);
    const destinations = { circuit: readCircuit(env), taskQueues: env.TENANT_TASK_QUEUES };
    return {
      module: AppModule,
      global: true,
      imports: [
        TemporalClientModule.register(engine, identity, metrics),
        DatabaseModule.register(accounts.database),
        HealthModule,
        MetricsModule.register(metrics, {
          ...{ host: env.HOST, port: env.METRICS_PORT },
          tenantQueues: [...Object.values(env.TENANT_TASK_QUEUES), ...Object.values(env.JOB_TASK_QUEUES)],
        }),
        TenantsModule.register(tenantsSettings(env, accounts)),
        DestinationsModule.register({
          allowCidrs: env.DELIVERY_ALLOW_CIDRS,
          allowHosts: env.DELIVERY_ALLOW_HOSTS,
          allowPorts: env.DELIVERY_ALLOW_PORTS,
        }),
        SigningSecretsModule,
        timers,
        EmailsModule.register({
          timers: wheel,
          sendsMail: env.SMTP_URL !== '',
          verifier,
        }),
        SchedulesModule.register(timers, jobs),
        jobs,
        JobAlertsModule.register(jobs),
        ResultsModule,
        TemplatesModule,
        SuppressionsModule,
        UnsubscribeModule.register(accounts.database && { publicUrl: env.PUBLIC_URL, ...accounts.database }),
        BookingsModule.register({
          horizonMs: env.HORIZON_DAYS * 86_400_000,
          settleMs: env.BOOKING_SETTLE_SECONDS * 1000,
          changeableMs: BOOKING_CHANGEABLE_MS,
          verifier,
        }),
        WebhookEndpointsModule.register(timers),
        BlastsModule.register(
          { horizonMs: env.HORIZON_DAYS * 86_400_000, sendsMail: env.SMTP_URL !== '' },
          accounts.database,
        ),
        OperationsModule.register(timers),
        StatsModule,
        EventsModule,
        DestinationRoutesModule.register(destinations),
        ...(codecAccess(env) ? [CodecModule] : []),
      ],
      providers: [
        { provide: Logger, useValue: logger },
        { provide: Faults, useValue: faults },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_GUARD, useClass: AccessGuard },
        {
          provide: NAMESPACE_SETTINGS,
          useValue: { prepare: env.TEMPORAL_PREPARE_NAMESPACE, retentionDays: env.RETENTION_DAYS },
        },
        NamespaceSetup,
      ],
      exports: [Logger, Faults, NamespaceSetup],
    };
  }
}

function tenantsSettings(env: Env, { apiKeys, adminToken, database }: Accounts): TenantsSettings {
  return {
    apiKeys,
    adminToken,
    failedLoginsPerMinute: env.FAILED_LOGINS_PER_MINUTE,
    peppers: database
      ? [database.secretsKey, ...database.olderKeys].map((key) => deriveKey(key, 'api keys'))
      : [Buffer.alloc(0)],
    quotas: {
      pendingTimers: env.QUOTA_PENDING_TIMERS,
      createsPerSecond: env.QUOTA_CREATES_PER_SECOND,
      payloadBytes: env.QUOTA_PAYLOAD_BYTES,
    },
  };
}
