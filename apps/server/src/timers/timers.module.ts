import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { GroupStart } from '#timers/group-start.js';
import { TimerChanges } from '#timers/timer-changes.js';
import { TimerReader } from '#timers/timer-reader.js';
import { AttemptsController } from './attempts.controller.js';
import { TimerListController } from './timer-list.controller.js';
import { TimerListService } from './timer-list.service.js';
import { timerProviders } from './timer-providers.js';
import { OF_TIMERS } from './timer-words.js';
import { TimersBatchController } from './timers-batch.controller.js';
import { TimersBatchService } from './timers-batch.service.js';
import { TimersController } from './timers.controller.js';
import { TimersService } from './timers.service.js';
import { TIMERS_SETTINGS } from './timers.settings.js';
import type { TimersSettings } from './timers.settings.js';

@Module({})
export class TimersModule {
  static register(settings: TimersSettings): DynamicModule {
    return {
      module: TimersModule,
      controllers: [TimersController, TimersBatchController, TimerListController, AttemptsController],
      providers: [
        ...timerProviders(OF_TIMERS, settings),
        ...[TimersService, TimersBatchService, TimerListService],
      ],
      exports: [TIMERS_SETTINGS, GroupStart, TimerReader, TimerChanges],
    };
  }
}
