import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { EngineSchedules } from './engine-schedules.js';
import { ExtraRunsService } from './extra-runs.service.js';
import { JobRuns } from './job-runs.js';
import { ScheduleList } from './schedule-list.js';
import { ScheduleRuns } from './schedule-runs.js';
import { SchedulesController } from './schedules.controller.js';
import { SchedulesService } from './schedules.service.js';
import { TimerRuns } from './timer-runs.js';

@Module({})
export class SchedulesModule {
  /** Runs are timers or jobs: these modules say what becomes of them. */
  static register(timers: DynamicModule, jobs: DynamicModule): DynamicModule {
    return {
      module: SchedulesModule,
      imports: [timers, jobs],
      controllers: [SchedulesController],
      providers: [
        ...[EngineSchedules, ScheduleList, TimerRuns, JobRuns],
        ...[ScheduleRuns, SchedulesService, ExtraRunsService],
      ],
    };
  }
}
