import { Inject, Injectable } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { CHANGED_AT } from '#contracts/search-attributes.js';
import { TimerGroups } from '#timers/timer-groups.js';
import { groupsQuery, time } from '#timers/visibility-query.js';
import { eventsOf } from './timer-event.js';
import type { TimerEvent } from './timer-event.js';

const GROUPS_A_PAGE = 100;
const CALL_TIMEOUT_MS = 3_000;

/** Groups that changed in this time... */
export interface ChangedIn {
  fromMs: number;
  untilMs?: number;
}

/** Reads events from what the workflows of timers have published. */
@Injectable()
export class EventReader {
  private readonly groups: TimerGroups;

  constructor(@Inject(Client) private readonly client: Client) {
    this.groups = new TimerGroups(client);
  }

  /**
   * All events of the groups whose latest change fell into this time, page by page; they may be older than the change.
   * Runs that were continued count as well: what they tell of has happened, whether the next run is visible yet or not.
   */
  async *read(tenant: string, { fromMs, untilMs }: ChangedIn): AsyncGenerator<TimerEvent[]> {
    const conditions = [`${CHANGED_AT.name} >= ${time(fromMs)}`];
    if (untilMs !== undefined) conditions.push(`${CHANGED_AT.name} < ${time(untilMs)}`);
    const query = groupsQuery(tenant, conditions);
    for (let token: string | undefined; token !== '';) {
      const page = await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
        this.groups.read({ query, token, size: GROUPS_A_PAGE }),
      );
      yield page.groups.flatMap(({ lines }) => lines.flatMap(eventsOf));
      token = page.token;
    }
  }
}
