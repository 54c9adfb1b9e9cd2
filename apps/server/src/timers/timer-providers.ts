import type { Provider } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { GroupStart } from '#timers/group-start.js';
import { TimerChanges } from '#timers/timer-changes.js';
import { TimerList } from '#timers/timer-list.js';
import { TimerReader } from '#timers/timer-reader.js';
import { AttemptsService } from './attempts.service.js';
import { GroupCommit } from './group-commit.js';
import { KeptTimers } from './kept-timers.js';
import { KeyedGroups } from './keyed-groups.js';
import { TIMER_WORDS } from './timer-words.js';
import type { TimerWords } from './timer-words.js';
import { TIMERS_SETTINGS } from './timers.settings.js';
import type { TimersSettings } from './timers.settings.js';

/** What the module of a resource needs whose things are timers: each has its own, for timers of its kind. */
export function timerProviders(words: TimerWords, settings: TimersSettings): Provider[] {
  const { kind } = words;
  return [
    { provide: TIMERS_SETTINGS, useValue: settings },
    { provide: TIMER_WORDS, useValue: words },
    {
      provide: GroupStart,
      inject: [Client],
      useFactory: (client: Client) => new GroupStart(client, settings, kind),
    },
    { provide: TimerReader, inject: [Client], useFactory: (client: Client) => new TimerReader(client) },
    {
      provide: TimerChanges,
      inject: [Client, TimerReader],
      useFactory: (client: Client, reader: TimerReader) => new TimerChanges(client, reader, kind),
    },
    { provide: TimerList, inject: [Client], useFactory: (client: Client) => new TimerList(client, kind) },
    ...[GroupCommit, KeyedGroups, KeptTimers, AttemptsService],
  ];
}
