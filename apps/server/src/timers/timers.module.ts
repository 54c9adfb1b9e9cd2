import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { TimerChanges } from '#timers/timer-changes.js';
import { TimerReader } from '#timers/timer-reader.js';
import { GroupCommit } from './group-commit.js';
import { GroupStart } from './group-start.js';
import { KeyedGroups } from './keyed-groups.js';
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
      controllers: [TimersController, TimersBatchController],
      providers: [
        { provide: TIMERS_SETTINGS, useValue: settings },
        GroupStart,
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
      ],
    };
  }
}
