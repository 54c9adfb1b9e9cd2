import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { TimerChanges } from '#timers/timer-changes.js';
import { TimerList } from '#timers/timer-list.js';
import { TimerReader } from '#timers/timer-reader.js';
import { AttemptsController } from './attempts.controller.js';
import { AttemptsService } from './attempts.service.js';
import { GroupCommit } from './group-commit.js';
import { GroupStart } from '#timers/group-start.js';
import { KeyedGroups } from './keyed-groups.js';
import { TimerListController } from './timer-list.controller.js';
import { TimerListService } from './timer-list.service.js';
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
        { provide: TIMERS_SETTINGS, useValue: settings },
        {
          provide: GroupStart,
          inject: [Client],
          useFactory: (client: Client) => new GroupStart(client, settings),
        },
        GroupCommit,
        KeyedGroups,
        { provide: TimerReader, inject: [Client], useFactory: (client: Client) => new TimerReader(client) },
        {
          provide: TimerChanges,
          inject: [Client, TimerReader],
          useFactory: (client: Client, reader: TimerReader) => new TimerChanges(client, reader),
        },
        TimersService,
        TimersBatchService,
        { provide: TimerList, inject: [Client], useFactory: (client: Client) => new TimerList(client) },
        TimerListService,
        AttemptsService,
      ],
      exports: [TIMERS_SETTINGS, TimerReader, TimerChanges],
    };
  }
}
