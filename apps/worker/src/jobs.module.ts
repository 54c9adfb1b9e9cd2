import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { FOR_JOBS, FOR_LOCKS } from '#database/database.js';
import type { DatabaseSettings } from '#database/database.module.js';
import { JobRecords } from '#database/job-records.js';
import { Locks } from '#database/locks.js';
import { OwnDatabase, ownConnections } from '#database/own-connections.js';
import { Results } from '#database/results.js';
import { JobStart } from '#jobs/job-start.js';
import { Logger } from '#observability/logger.js';
import { GroupStart } from '#timers/group-start.js';
import type { GroupStartSettings } from '#timers/group-start.js';
import { EngineClock } from './activities/webhook/engine-clock.js';
import { FlowGate } from './activities/webhook/flow-gate.js';
import { AlertActivities } from './activities/jobs/alert.activities.js';
import { JobTypesPublication } from './activities/jobs/job-types-publication.js';
import { PlanJobActivity } from './activities/jobs/plan-job.activity.js';
import { ResourceLocks } from './activities/jobs/resource-locks.js';
import { RunGroupActivity, STEP_TOOLS } from './activities/jobs/run-group.activity.js';
import { ServiceCalls } from './activities/jobs/service-calls.js';
import type { ServiceCallsOptions } from './activities/jobs/service-calls.js';
import { RESULTS, SettleGroupActivity } from './activities/jobs/settle-group.activity.js';
import { stepTools } from './activities/jobs/step-tools.js';
import type { JobType } from './jobs/define-job.js';
import { JobTypes } from './jobs/job-types.js';
import { RecipientStage } from './recipients/recipient-stage.js';

export interface JobsModuleOptions {
  types: readonly JobType[];
  /** How long a job lives at most. */
  horizonMs: number;
  /** Of jobs, by tenant and for `global`. */
  taskQueues: Readonly<Record<string, string>>;
  timers: GroupStartSettings;
  calls: ServiceCallsOptions;
  /** What sends mail. */
  imports: [DynamicModule];
  /** Undefined: there is none. */
  database?: Pick<DatabaseSettings, 'url'>;
}

/** Connections of their own: what jobs wait for must not hold up deliveries. */
class JobsDatabase extends OwnDatabase {}

/** What keeps locks: the steps that hold them may have all connections of jobs. */
class LocksDatabase extends OwnDatabase {}

const OPTIONAL_DATABASE = { token: JobsDatabase, optional: true };

/** Runs jobs: what their activities need. */
@Module({})
export class JobsModule {
  static register({
    types,
    horizonMs,
    taskQueues,
    timers,
    calls,
    database,
    imports,
  }: JobsModuleOptions): DynamicModule {
    return {
      module: JobsModule,
      imports,
      providers: [
        ...(database
          ? [
              ownConnections(JobsDatabase, database.url, FOR_JOBS),
              ownConnections(LocksDatabase, database.url, FOR_LOCKS),
            ]
          : []),
        { provide: JobTypes, useValue: new JobTypes(types, horizonMs) },
        { provide: ServiceCalls, useFactory: () => new ServiceCalls(calls) },
        {
          provide: STEP_TOOLS,
          inject: [ServiceCalls, OPTIONAL_DATABASE, { token: LocksDatabase, optional: true }],
          useFactory: (service: ServiceCalls, jobsDatabase?: JobsDatabase, locksDatabase?: LocksDatabase) =>
            stepTools(service, jobsDatabase, locksDatabase && new ResourceLocks(new Locks(locksDatabase))),
        },
        RunGroupActivity,
        {
          provide: JobStart,
          inject: [Client],
          useFactory: (client: Client) => new JobStart(client, taskQueues),
        },
        {
          provide: RESULTS,
          inject: [OPTIONAL_DATABASE],
          useFactory: (jobsDatabase?: JobsDatabase) => jobsDatabase && new Results(jobsDatabase),
        },
        SettleGroupActivity,
        PlanJobActivity,
        {
          provide: AlertActivities,
          inject: [Client, RecipientStage, FlowGate, EngineClock, OPTIONAL_DATABASE],
          useFactory: (
            client: Client,
            stage: RecipientStage,
            gate: FlowGate,
            clock: EngineClock,
            jobsDatabase?: JobsDatabase,
          ) =>
            new AlertActivities(
              new GroupStart(client, timers),
              stage,
              gate,
              clock,
              jobsDatabase && new JobRecords(jobsDatabase),
            ),
        },
        {
          provide: JobTypesPublication,
          inject: [JobTypes, Logger, OPTIONAL_DATABASE],
          useFactory: (jobTypes: JobTypes, logger: Logger, jobsDatabase?: JobsDatabase) =>
            new JobTypesPublication(jobTypes, logger, jobsDatabase && new JobRecords(jobsDatabase)),
        },
      ],
      exports: [JobTypes, RunGroupActivity, SettleGroupActivity, PlanJobActivity, AlertActivities],
    };
  }
}
