import type { Client } from '@temporalio/client';
import { matchesFilter } from '#contracts/timer-filter.js';
import type { TimerFilter } from '#contracts/timer-filter.js';
import type { TimerLine } from '#contracts/timer-line.js';
import type { GroupKind } from '#contracts/timers.js';
import { decodeCursor, encodeCursor, groupsFrom } from './list-cursor.js';
import type { ListPlace } from './list-cursor.js';
import { TimerGroups } from './timer-groups.js';
import type { TimerGroup } from './timer-groups.js';
import { filterConditions, groupsQuery } from './visibility-query.js';

/** Groups carry up to a hundred timers, so a page of them is some 2,000 timers at most. */
const GROUPS_A_PAGE = 25;
/** A page that found little by then comes back short. */
const MAX_GROUPS = 1_000;
const MAX_SCAN_MS = 1_500;

export interface ListOptions {
  limit: number;
  cursor?: string;
}

export interface TimerPage {
  timers: TimerLine[];
  /** Where the rest begins; absent at the end. */
  cursor?: string;
}

/** Lists timers from what their workflows have published. Needs no worker. */
export class TimerList {
  private readonly groups: TimerGroups;

  constructor(
    client: Client,
    private readonly kind?: GroupKind,
  ) {
    this.groups = new TimerGroups(client, kind);
  }

  /**
   * The next timers that match. A page looks at a bounded number of groups, so it may be short, even empty, and still
   * have a cursor. Throws `InvalidCursor` for a cursor of another tenant or filter.
   */
  async page(tenant: string, filter: TimerFilter, { limit, cursor }: ListOptions): Promise<TimerPage> {
    const list = JSON.stringify([tenant, filter, this.kind]);
    const query = groupsQuery(tenant, filterConditions(filter), this.kind);
    const untilMs = Date.now() + MAX_SCAN_MS;
    let place: ListPlace | undefined = cursor === undefined ? { token: '' } : decodeCursor(cursor, list);
    const timers: TimerLine[] = [];
    for (let scanned = 0; place; scanned += GROUPS_A_PAGE) {
      const { token } = place;
      if (timers.length === limit || scanned >= MAX_GROUPS || Date.now() > untilMs) break;
      const page = await this.groups.current({ query, token, size: GROUPS_A_PAGE });
      for (const { lines, at } of await this.restOf(page.groups, tenant, place)) {
        for (let { index } = at; index < lines.length; index++) {
          const line = lines[index] as TimerLine;
          if (!matchesFilter(line, filter)) continue;
          if (timers.length === limit) {
            return { timers, cursor: encodeCursor({ token, at: { ...at, index } }, list) };
          }
          timers.push(line);
        }
      }
      place = page.token ? { token: page.token } : undefined;
    }
    return place ? { timers, cursor: encodeCursor(place, list) } : { timers };
  }

  /**
   * What of a page of groups is not listed yet. A group that has ended meanwhile, or goes on in another run, has moved:
   * what is left of it is listed from where it is now.
   */
  private async restOf(groups: TimerGroup[], tenant: string, { at }: ListPlace) {
    const whole = (group: TimerGroup) => ({ lines: group.lines, at: { ...group, index: 0 } });
    if (!at) return groups.map(whole);
    const rest = groupsFrom(groups, at);
    if (!rest.found) {
      const moved = await this.groups.latest(tenant, at.workflowId);
      return [{ lines: moved?.lines ?? [], at }, ...rest.groups.map(whole)];
    }
    return rest.groups.map((group, position) => (position === 0 ? { lines: group.lines, at } : whole(group)));
  }
}
