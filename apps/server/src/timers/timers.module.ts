import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { GroupCommit } from './group-commit.js';
import { GroupStart } from './group-start.js';
import { TimerReader } from './timer-reader.js';
import { TimersController } from './timers.controller.js';
import { TimersService } from './timers.service.js';
import { TIMERS_SETTINGS } from './timers.settings.js';
import type { TimersSettings } from './timers.settings.js';

@Module({})
export class TimersModule {
  static register(settings: TimersSettings): DynamicModule {
    return {
      module: TimersModule,
      controllers: [TimersController],
      providers: [
        { provide: TIMERS_SETTINGS, useValue: settings },
        GroupStart,
        GroupCommit,
        TimerReader,
        TimersService,
      ],
    };
  }
}
