import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import type { Env } from '#config/env.js';
import { TIMERS_TASK_QUEUE } from '#contracts/task-queues.js';
import { Database } from '#database/database.js';
import { DatabaseModule } from '#database/database.module.js';
import { Flows } from '#database/flows.js';
import { Logger } from '#observability/logger.js';
import { TemporalClientModule } from '#temporal/client.module.js';
import type { EngineAddress } from '#temporal/connection.js';
import { EngineHealth } from '#temporal/engine-health.js';
import { WorkerHost } from '#temporal/worker-host.js';
import { DeliverActivity } from './activities/webhook/deliver.activity.js';
import { Destinations } from './activities/webhook/destinations.js';
import { EngineClock } from './activities/webhook/engine-clock.js';
import {
  SHARED_DESTINATIONS_SETTINGS,
  SharedDestinations,
} from './activities/webhook/shared-destinations.js';
import type { SharedDestinationsSettings } from './activities/webhook/shared-destinations.js';
import { Slots } from './activities/webhook/slots.js';
import { WebhookSender } from './activities/webhook/webhook-sender.js';
import { FlowGate } from './activities/webhook/flow-gate.js';
import { HealthController } from './health/health.controller.js';
import { PollingHealth } from './health/polling.health.js';
import { WorkerLifecycle, WORKER_SETTINGS } from './worker-lifecycle.js';
import type { WorkerSettings } from './worker-lifecycle.js';

export interface WorkerModuleOptions {
  env: Env;
  engine: EngineAddress;
  identity: string;
  version: string;
  logger: Logger;
}

@Module({})
export class WorkerModule {
  static register({ env, engine, identity, version, logger }: WorkerModuleOptions): DynamicModule {
    const settings: WorkerSettings = {
      prepareNamespace: env.TEMPORAL_PREPARE_NAMESPACE,
      retentionDays: env.RETENTION_DAYS,
      shutdownGraceMs: env.SHUTDOWN_GRACE_SECONDS * 1000,
    };
    const sharedDestinations: SharedDestinationsSettings = {
      circuit: {
        pauseAfterMs: env.DESTINATION_PAUSE_AFTER_SECONDS * 1000,
        probeIntervalMs: env.DESTINATION_PROBE_SECONDS * 1000,
        quietMs: env.DESTINATION_QUIET_SECONDS * 1000,
      },
      taskQueue: env.WORKER_TASK_QUEUES[0] ?? TIMERS_TASK_QUEUE,
    };
    const database = env.DATABASE_URL ? { url: env.DATABASE_URL, secretsKey: env.SECRETS_KEY } : undefined;
    return {
      module: WorkerModule,
      global: true,
      imports: [
        TemporalClientModule.register(engine, identity),
        DatabaseModule.register(database),
        TerminusModule.forRoot({ logger: false }),
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
            new Destinations(shared, clock, logger, env.DELIVERY_CONCURRENCY_PER_DESTINATION),
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
          provide: WebhookSender,
          inject: [EngineClock],
          useFactory: (clock: EngineClock) =>
            new WebhookSender(
              {
                allowCidrs: env.DELIVERY_ALLOW_CIDRS,
                userAgent: `Timekeeper/${version}`,
              },
              clock,
            ),
        },
        {
          provide: FlowGate,
          inject: [EngineClock, { token: Database, optional: true }],
          useFactory: (clock: EngineClock, database?: Database) =>
            new FlowGate(clock, logger, database && new Flows(database)),
        },
        DeliverActivity,
        {
          provide: WorkerHost,
          inject: [DeliverActivity],
          useFactory: (activity: DeliverActivity) =>
            new WorkerHost(
              {
                engine,
                taskQueues: env.WORKER_TASK_QUEUES,
                worker: workerOptions(env, identity, activity),
              },
              logger,
            ),
        },
        WorkerLifecycle,
        EngineHealth,
        PollingHealth,
      ],
      exports: [Logger],
    };
  }
}

function workerOptions(env: Env, identity: string, activity: DeliverActivity) {
  return {
    identity,
    activities: { deliver: activity.deliver.bind(activity) },
    // Of 10 pollers, the default, 8 wait for workflows that this worker knows, and only 2 for new ones.
    maxConcurrentWorkflowTaskPolls: env.WORKER_WORKFLOW_POLLERS,
    maxConcurrentWorkflowTaskExecutions: 200,
    maxConcurrentActivityTaskPolls: env.WORKER_ACTIVITY_POLLERS,
    maxConcurrentActivityTaskExecutions: env.WORKER_WINDOWS,
    maxCachedWorkflows: env.WORKER_CACHED_WORKFLOWS,
    // A task for a worker that was killed goes to another one after this: shorter than the lead, so nobody sees it.
    stickyQueueScheduleToStartTimeout: 1_000,
    shutdownGraceTime: env.SHUTDOWN_GRACE_SECONDS * 1000,
  };
}
