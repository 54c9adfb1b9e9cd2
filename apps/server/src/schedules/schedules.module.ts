import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { EngineSchedules } from './engine-schedules.js';
import { ExtraRunsService } from './extra-runs.service.js';
import { ScheduleRuns } from './schedule-runs.js';
import { SchedulesController } from './schedules.controller.js';
import { SchedulesService } from './schedules.service.js';

@Module({})
export class SchedulesModule {
  /** Runs are timers: `timers` says what becomes of them. */
  static register(timers: DynamicModule): DynamicModule {
    return {
      module: SchedulesModule,
      imports: [timers],
      controllers: [SchedulesController],
      providers: [EngineSchedules, ScheduleRuns, SchedulesService, ExtraRunsService],
    };
  }
}
