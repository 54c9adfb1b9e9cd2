import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { JobList } from '#jobs/job-list.js';
import { JobReader } from '#jobs/job-reader.js';
import { JobStart } from '#jobs/job-start.js';
import { AlertRecipients } from './alert-recipients.js';
import { JobCatalogue } from './job-catalogue.js';
import { JobChangesService } from './job-changes.service.js';
import { JobTypesController } from './job-types.controller.js';
import { JobsController } from './jobs.controller.js';
import { JobsService } from './jobs.service.js';
import { JOBS_SETTINGS } from './jobs.settings.js';
import type { JobsSettings } from './jobs.settings.js';
import { KeyedJobs } from './keyed-jobs.js';

@Module({})
export class JobsModule {
  static register(settings: JobsSettings): DynamicModule {
    return {
      module: JobsModule,
      controllers: [JobsController, JobTypesController],
      providers: [
        { provide: JOBS_SETTINGS, useValue: settings },
        {
          provide: JobStart,
          inject: [Client],
          useFactory: (client: Client) => new JobStart(client, settings.taskQueues),
        },
        { provide: JobReader, inject: [Client], useFactory: (client: Client) => new JobReader(client) },
        { provide: JobList, inject: [Client], useFactory: (client: Client) => new JobList(client) },
        ...[JobCatalogue, AlertRecipients, KeyedJobs, JobsService, JobChangesService],
      ],
      exports: [JOBS_SETTINGS, JobCatalogue, AlertRecipients, JobReader],
    };
  }
}
