import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import type { Env } from '#config/env.js';
import { Logger } from '#observability/logger.js';
import { TemporalClientModule } from '#temporal/client.module.js';
import type { EngineAddress } from '#temporal/connection.js';
import { EngineHealth } from '#temporal/engine-health.js';
import { WorkerHost } from '#temporal/worker-host.js';
import { builtWorkflowBundle } from '#temporal/workflow-bundle.js';
import { DeliverActivity } from './activities/webhook/deliver.activity.js';
import { EngineClock } from './activities/webhook/engine-clock.js';
import { Slots } from './activities/webhook/slots.js';
import { WebhookSender } from './activities/webhook/webhook-sender.js';
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
    return {
      module: WorkerModule,
      imports: [TemporalClientModule.register(engine, identity), TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [
        { provide: Logger, useValue: logger },
        { provide: WORKER_SETTINGS, useValue: settings },
        EngineClock,
        {
          provide: Slots,
          useValue: new Slots({
            perWorker: env.DELIVERY_CONCURRENCY,
            perDestination: () => env.DELIVERY_CONCURRENCY_PER_DESTINATION,
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
    };
  }
}

function workerOptions(env: Env, identity: string, activity: DeliverActivity) {
  return {
    identity,
    workflowBundle: builtWorkflowBundle(),
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
