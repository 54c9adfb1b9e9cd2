import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { JobAlertsController } from './job-alerts.controller.js';
import { JobAlertsService } from './job-alerts.service.js';

@Module({})
export class JobAlertsModule {
  /** `jobs` knows who can be told. */
  static register(jobs: DynamicModule): DynamicModule {
    return {
      module: JobAlertsModule,
      imports: [jobs],
      controllers: [JobAlertsController],
      providers: [JobAlertsService],
    };
  }
}
