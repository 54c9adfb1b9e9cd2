import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { Database } from '#database/database.js';
import { JobRecords } from '#database/job-records.js';
import { Locks } from '#database/locks.js';
import { Results } from '#database/results.js';
import { JobStart } from '#jobs/job-start.js';
import { Logger } from '#observability/logger.js';
import { GroupStart } from '#timers/group-start.js';
import type { GroupStartSettings } from '#timers/group-start.js';
import { Mailer } from './activities/email/mailer.js';
import type { MailerOptions } from './activities/email/mailer.js';
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

export interface JobsModuleOptions {
  types: readonly JobType[];
  /** Of jobs, by tenant and for `global`. */
  taskQueues: Readonly<Record<string, string>>;
  timers: GroupStartSettings;
  calls: ServiceCallsOptions;
  mail: MailerOptions;
}

const OPTIONAL_DATABASE = { token: Database, optional: true };

/** Runs jobs: what their activities need. */
@Module({})
export class JobsModule {
  static register({ types, taskQueues, timers, calls, mail }: JobsModuleOptions): DynamicModule {
    return {
      module: JobsModule,
      providers: [
        { provide: JobTypes, useValue: new JobTypes(types) },
        { provide: Mailer, useFactory: () => new Mailer(mail) },
        { provide: ServiceCalls, useFactory: () => new ServiceCalls(calls) },
        {
          provide: STEP_TOOLS,
          inject: [ServiceCalls, OPTIONAL_DATABASE],
          useFactory: (service: ServiceCalls, database?: Database) =>
            stepTools(service, database, database && new ResourceLocks(new Locks(database))),
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
          useFactory: (database?: Database) => database && new Results(database),
        },
        SettleGroupActivity,
        PlanJobActivity,
        {
          provide: AlertActivities,
          inject: [Client, Mailer, OPTIONAL_DATABASE],
          useFactory: (client: Client, mailer: Mailer, database?: Database) =>
            new AlertActivities(new GroupStart(client, timers), mailer, database && new JobRecords(database)),
        },
        {
          provide: JobTypesPublication,
          inject: [JobTypes, Logger, OPTIONAL_DATABASE],
          useFactory: (jobTypes: JobTypes, logger: Logger, database?: Database) =>
            new JobTypesPublication(jobTypes, logger, database && new JobRecords(database)),
        },
      ],
      exports: [JobTypes, RunGroupActivity, SettleGroupActivity, PlanJobActivity, AlertActivities],
    };
  }
}
