import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { readAccounts } from '#config/accounts.js';
import { readCircuit } from '#config/circuit.js';
import { readWheel } from '#config/wheel.js';
import { Client } from '@temporalio/client';
import type { Env } from '#config/env.js';
import { TIMERS_TASK_QUEUE } from '#contracts/task-queues.js';
import { Database } from '#database/database.js';
import { DatabaseModule } from '#database/database.module.js';
import { Flows } from '#database/flows.js';
import { Sealing } from '#database/sealing.js';
import { DestinationPolicy } from '#destinations/destination-policy.js';
import { Logger } from '#observability/logger.js';
import { TemporalClientModule } from '#temporal/client.module.js';
import type { EngineAddress } from '#temporal/connection.js';
import { EngineHealth } from '#temporal/engine-health.js';
import { WorkerHost } from '#temporal/worker-host.js';
import { TimerChanges } from '#timers/timer-changes.js';
import { TimerList } from '#timers/timer-list.js';
import { TimerReader } from '#timers/timer-reader.js';
import { BulkActivities } from './activities/bulk/bulk.activities.js';
import { DeliverActivity } from './activities/webhook/deliver.activity.js';
import { Destinations } from './activities/webhook/destinations.js';
import { EngineClock } from './activities/webhook/engine-clock.js';
import {
  SHARED_DESTINATIONS_SETTINGS,
  SharedDestinations,
} from './activities/webhook/shared-destinations.js';
import type { SharedDestinationsSettings } from './activities/webhook/shared-destinations.js';
import { SigningKeys } from './activities/webhook/signing-keys.js';
import { Slots } from './activities/webhook/slots.js';
import { storedSecrets } from './activities/webhook/stored-secrets.js';
import { WebhookSender } from './activities/webhook/webhook-sender.js';
import { FlowGate } from './activities/webhook/flow-gate.js';
import { AlertActivities } from './activities/jobs/alert.activities.js';
import { PlanJobActivity } from './activities/jobs/plan-job.activity.js';
import { RunGroupActivity } from './activities/jobs/run-group.activity.js';
import { SettleGroupActivity } from './activities/jobs/settle-group.activity.js';
import type { JobType } from './jobs/define-job.js';
import { JobTypes } from './jobs/job-types.js';
import { JobsModule } from './jobs.module.js';
import type { JobsModuleOptions } from './jobs.module.js';
import { HealthController } from './health/health.controller.js';
import { PollingHealth } from './health/polling.health.js';
import { jobActivities, jobQueues, timerActivities, timerQueues } from './served-queues.js';
import { WorkerLifecycle, WORKER_SETTINGS } from './worker-lifecycle.js';
import type { WorkerSettings } from './worker-lifecycle.js';

export interface WorkerModuleOptions {
  env: Env;
  jobTypes: readonly JobType[];
  engine: EngineAddress;
  identity: string;
  version: string;
  logger: Logger;
}

@Module({})
export class WorkerModule {
  static register({ env, jobTypes, engine, identity, version, logger }: WorkerModuleOptions): DynamicModule {
    const { database } = readAccounts(env);
    const settings: WorkerSettings = {
      prepareNamespace: env.TEMPORAL_PREPARE_NAMESPACE,
      retentionDays: env.RETENTION_DAYS,
      shutdownGraceMs: env.SHUTDOWN_GRACE_SECONDS * 1000,
    };
    const sharedDestinations: SharedDestinationsSettings = {
      circuit: readCircuit(env),
      taskQueue: env.WORKER_TASK_QUEUES[0] ?? TIMERS_TASK_QUEUE,
    };
    const calls = {
      policy: new DestinationPolicy({
        allowCidrs: env.DELIVERY_ALLOW_CIDRS,
        allowHosts: env.DELIVERY_ALLOW_HOSTS,
        allowPorts: env.DELIVERY_ALLOW_PORTS,
      }),
      userAgent: `Timekeeper/${version}`,
    };
    const jobs: JobsModuleOptions = {
      ...{ types: jobTypes, calls, taskQueues: env.JOB_TASK_QUEUES },
      timers: { wheel: readWheel(env), taskQueues: env.TENANT_TASK_QUEUES },
      mail: { smtpUrl: env.SMTP_URL, from: env.MAIL_FROM },
      database,
    };
    return {
      module: WorkerModule,
      global: true,
      imports: [
        TemporalClientModule.register(engine, identity),
        DatabaseModule.register(database),
        TerminusModule.forRoot({ logger: false }),
        JobsModule.register(jobs),
      ],
      controllers: [HealthController],
      providers: [
        { provide: Logger, useValue: logger },
        { provide: WORKER_SETTINGS, useValue: settings },
        EngineClock,
        { provide: SHARED_DESTINATIONS_SETTINGS, useValue: sharedDestinations },
        SharedDestinations,
        {
          provide: Destinations,
          inject: [SharedDestinations, EngineClock],
          useFactory: (shared: SharedDestinations, clock: EngineClock) =>
            new Destinations(
              shared,
              clock,
              logger,
              env.DELIVERY_CONCURRENCY_PER_DESTINATION,
              env.DESTINATION_SLOW_AFTER_SECONDS * 1000,
            ),
        },
        {
          provide: Slots,
          inject: [Destinations],
          useFactory: (destinations: Destinations) =>
            new Slots({
              perWorker: env.DELIVERY_CONCURRENCY,
              perDestination: (tenant, host) => destinations.places(tenant, host),
              tenantShare: env.DELIVERY_TENANT_SHARE / 100,
            }),
        },
        {
          provide: SigningKeys,
          inject: [
            EngineClock,
            Logger,
            { token: Database, optional: true },
            { token: Sealing, optional: true },
          ],
          useFactory: (clock: EngineClock, log: Logger, database?: Database, sealing?: Sealing) =>
            new SigningKeys(storedSecrets(database, sealing), clock, log),
        },
        {
          provide: WebhookSender,
          inject: [EngineClock, SigningKeys],
          useFactory: (clock: EngineClock, keys: SigningKeys) => new WebhookSender(calls, clock, keys),
        },
        {
          provide: FlowGate,
          inject: [EngineClock, { token: Database, optional: true }],
          useFactory: (clock: EngineClock, database?: Database) =>
            new FlowGate(clock, logger, database && new Flows(database)),
        },
        DeliverActivity,
        { provide: TimerList, inject: [Client], useFactory: (client: Client) => new TimerList(client) },
        {
          provide: TimerChanges,
          inject: [Client],
          useFactory: (client: Client) => new TimerChanges(client, new TimerReader(client)),
        },
        BulkActivities,
        {
          provide: WorkerHost,
          inject: [
            DeliverActivity,
            BulkActivities,
            JobTypes,
            RunGroupActivity,
            SettleGroupActivity,
            PlanJobActivity,
            AlertActivities,
          ],
          useFactory: (
            deliver: DeliverActivity,
            bulk: BulkActivities,
            types: JobTypes,
            ...activities: [RunGroupActivity, SettleGroupActivity, PlanJobActivity, AlertActivities]
          ) => {
            const queues = [
              ...timerQueues(env, identity, timerActivities(deliver, bulk)),
              ...jobQueues(env, identity, jobActivities(...activities), types.taskQueues),
            ];
            return new WorkerHost({ engine, queues }, logger);
          },
        },
        WorkerLifecycle,
        EngineHealth,
        PollingHealth,
      ],
      exports: [Logger],
    };
  }
}
