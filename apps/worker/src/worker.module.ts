import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { readAccounts } from '#config/accounts.js';
import { readCircuit } from '#config/circuit.js';
import { readProviderFlows } from '#config/provider-flows.js';
import { readWheel } from '#config/wheel.js';
import { readWorkerVersion } from '#config/worker-deployment.js';
import { Client } from '@temporalio/client';
import type { Env } from '#config/env.js';
import { TIMERS_TASK_QUEUE } from '#contracts/task-queues.js';
import { tenantOfWorkflowId } from '#contracts/tenant.js';
import { Database } from '#database/database.js';
import { DatabaseModule } from '#database/database.module.js';
import { Flows } from '#database/flows.js';
import { Sealing } from '#database/sealing.js';
import { DestinationPolicy } from '#destinations/destination-policy.js';
import { Faults } from '#observability/faults.js';
import { Logger } from '#observability/logger.js';
import { MetricsServer } from '#observability/metrics-server.js';
import { Metrics } from '#observability/metrics.js';
import { addressVerifier } from '#messages/address-verifier.js';
import { TemporalClientModule } from '#temporal/client.module.js';
import { CoreMetrics } from '#temporal/core-metrics.js';
import type { EngineAddress } from '#temporal/connection.js';
import { EngineHealth } from '#temporal/engine-health.js';
import { WorkerHost } from '#temporal/worker-host.js';
import { TimerChanges } from '#timers/timer-changes.js';
import { TimerList } from '#timers/timer-list.js';
import { TimerReader } from '#timers/timer-reader.js';
import { activityContext } from './activity-context.js';
import { BookingActivities } from './activities/bookings/booking.activities.js';
import { BlastStateActivities } from './activities/blasts/blast-state.activities.js';
import { ListRecipientsActivity } from './activities/blasts/list-recipients.activity.js';
import { SendBatchActivity } from './activities/blasts/send-batch.activity.js';
import { BulkActivities } from './activities/bulk/bulk.activities.js';
import { EmailSender } from './activities/email/email-sender.js';
import { DeliverActivity } from './activities/webhook/deliver.activity.js';
import { Destinations } from './activities/webhook/destinations.js';
import { SMTP_SLOTS } from './activities/webhook/held-window.js';
import { AttemptSpans } from './activities/webhook/attempt-spans.js';
import { EngineClock } from './activities/webhook/engine-clock.js';
import {
  SHARED_DESTINATIONS_SETTINGS,
  SharedDestinations,
} from './activities/webhook/shared-destinations.js';
import type { SharedDestinationsSettings } from './activities/webhook/shared-destinations.js';
import { SigningKeys } from './activities/webhook/signing-keys.js';
import { Slots } from './activities/webhook/slots.js';
import { storedSecrets } from './activities/webhook/stored-secrets.js';
import { Sender } from './activities/webhook/sender.js';
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
import { DeliveryMetrics } from './metrics/delivery-metrics.js';
import { LoadMetrics } from './metrics/load-metrics.js';
import { blastProviders } from './blast-providers.js';
import { MessagesModule } from './messages.module.js';
import { HealthController } from './health/health.controller.js';
import { PollingHealth } from './health/polling.health.js';
import {
  jobActivities,
  jobQueues,
  messageActivities,
  messageQueue,
  timerActivities,
  timerQueues,
} from './served-queues.js';
import { workflowFaults } from './workflow-faults.js';
import { workflowOfRun } from './workflow-of-run.js';
import { WorkerLifecycle, WORKER_SETTINGS } from './worker-lifecycle.js';
import type { WorkerSettings } from './worker-lifecycle.js';

export interface WorkerModuleOptions {
  env: Env;
  jobTypes: readonly JobType[];
  engine: EngineAddress;
  identity: string;
  version: string;
  logger: Logger;
  faults: Faults;
  metrics: Metrics;
  /** Undefined: nobody reads what the SDK measures. */
  coreMetrics?: CoreMetrics;
}

@Module({})
export class WorkerModule {
  static register(options: WorkerModuleOptions): DynamicModule {
    const { env, jobTypes, engine, identity, version, logger, faults, metrics, coreMetrics } = options;
    const metricsAddress = { host: env.HOST, port: env.WORKER_METRICS_PORT };
    const { database } = readAccounts(env);
    const workerVersion = readWorkerVersion(env);
    const settings: WorkerSettings = {
      prepareNamespace: env.TEMPORAL_PREPARE_NAMESPACE,
      retentionDays: env.RETENTION_DAYS,
      shutdownGraceMs: env.SHUTDOWN_GRACE_SECONDS * 1000,
    };
    const sharedDestinations: SharedDestinationsSettings = {
      circuit: readCircuit(env),
      taskQueue: env.WORKER_TASK_QUEUES[0] ?? TIMERS_TASK_QUEUE,
    };
    const traces = { traced: engine.tracing !== undefined, sendsTraceparent: env.TRACE_DELIVERIES };
    const calls = {
      traces,
      policy: new DestinationPolicy({
        allowCidrs: env.DELIVERY_ALLOW_CIDRS,
        allowHosts: env.DELIVERY_ALLOW_HOSTS,
        allowPorts: env.DELIVERY_ALLOW_PORTS,
      }),
      userAgent: `Timekeeper/${version}`,
    };
    const timers = { wheel: readWheel(env), taskQueues: env.TENANT_TASK_QUEUES };
    const messages = MessagesModule.register({
      timers,
      mail: { smtpUrl: env.SMTP_URL, from: env.MAIL_FROM, connections: env.SMTP_CONNECTIONS },
      database,
      publicUrl: env.PUBLIC_URL,
    });
    const jobs: JobsModuleOptions = {
      ...{ types: jobTypes, horizonMs: env.HORIZON_DAYS * 86_400_000 },
      ...{ calls, taskQueues: env.JOB_TASK_QUEUES },
      timers,
      database,
      imports: [messages],
    };
    return {
      module: WorkerModule,
      global: true,
      imports: [
        TemporalClientModule.register(engine, identity, metrics),
        DatabaseModule.register(database),
        TerminusModule.forRoot({ logger: false }),
        messages,
        JobsModule.register(jobs),
      ],
      controllers: [HealthController],
      providers: [
        { provide: Logger, useValue: logger },
        { provide: Faults, useValue: faults },
        { provide: Metrics, useValue: metrics },
        { provide: MetricsServer, useFactory: () => new MetricsServer(metrics, metricsAddress) },
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
              perDestination: (tenant, destination) =>
                destination === SMTP_SLOTS ? env.SMTP_CONNECTIONS : destinations.places(tenant, destination),
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
            new FlowGate(clock, logger, database && new Flows(database), readProviderFlows(env)),
        },
        EmailSender,
        DeliveryMetrics,
        { provide: AttemptSpans, useFactory: () => new AttemptSpans(traces) },
        Sender,
        DeliverActivity,
        LoadMetrics,
        { provide: TimerList, inject: [Client], useFactory: (client: Client) => new TimerList(client) },
        {
          provide: TimerChanges,
          inject: [Client],
          useFactory: (client: Client) => new TimerChanges(client, new TimerReader(client)),
        },
        BulkActivities,
        ...blastProviders(calls, addressVerifier(env.EMAIL_VERIFIER)),
        {
          provide: WorkerHost,
          inject: [
            Client,
            DeliverActivity,
            BulkActivities,
            JobTypes,
            RunGroupActivity,
            SettleGroupActivity,
            PlanJobActivity,
            AlertActivities,
            BookingActivities,
            BlastStateActivities,
            ListRecipientsActivity,
            SendBatchActivity,
          ],
          useFactory: (
            client: Client,
            deliver: DeliverActivity,
            bulk: BulkActivities,
            types: JobTypes,
            groups: RunGroupActivity,
            settling: SettleGroupActivity,
            planning: PlanJobActivity,
            alerts: AlertActivities,
            bookings: BookingActivities,
            ...blasts: [BlastStateActivities, ListRecipientsActivity, SendBatchActivity]
          ) => {
            const ofJobs = jobActivities(groups, settling, planning, alerts);
            const queues = [
              ...timerQueues(env, identity, timerActivities(deliver, bulk)),
              ...jobQueues(env, identity, ofJobs, types.taskQueues),
              messageQueue(env, identity, messageActivities(bookings, ...blasts)),
            ];
            const reporting = {
              activityInterceptors: [activityContext(faults)],
              onSdkLine: workflowFaults(faults, (runId) => workflowOfRun(client, runId)),
              tenantOf: tenantOfWorkflowId,
            };
            return new WorkerHost(
              { engine, queues, version: workerVersion, coreMetrics, ...reporting },
              logger,
            );
          },
        },
        WorkerLifecycle,
        EngineHealth,
        PollingHealth,
      ],
      exports: [Logger, Faults, EngineClock, FlowGate],
    };
  }
}
