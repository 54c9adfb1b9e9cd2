import type { Client } from '@temporalio/client';
import { matchesFilter } from '#contracts/timer-filter.js';
import type { TimerFilter } from '#contracts/timer-filter.js';
import type { TimerLine } from '#contracts/timer-line.js';
import { decodeCursor, encodeCursor, InvalidCursor, restOf } from './list-cursor.js';
import { TimerGroups } from './timer-groups.js';
import { filterConditions, groupsQuery } from './visibility-query.js';

/** Groups carry up to a hundred timers, so a page of them is some 2,000 timers at most. */
const GROUPS_A_PAGE = 25;
/** A page that found little by then comes back short. */
const MAX_GROUPS = 1_000;
const MAX_SCAN_MS = 1_500;

const INVALID_ARGUMENT = 3;

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

  constructor(client: Client) {
    this.groups = new TimerGroups(client);
  }

  /**
   * The next timers that match. A page looks at a bounded number of groups, so it may be short, even empty, and still
   * have a cursor. Throws `InvalidCursor` for a cursor of another tenant or filter.
   */
  async page(tenant: string, filter: TimerFilter, { limit, cursor }: ListOptions): Promise<TimerPage> {
    const list = JSON.stringify([tenant, filter]);
    const query = groupsQuery(tenant, filterConditions(filter));
    const untilMs = Date.now() + MAX_SCAN_MS;
    let place = cursor === undefined ? undefined : decodeCursor(cursor, list);
    let token = place?.token ?? '';
    const timers: TimerLine[] = [];
    for (let scanned = 0; ;) {
      const page = await this.read(query, token);
      for (const { group, from } of restOf(page.groups, place)) {
        for (let index = from; index < group.lines.length; index++) {
          const line = group.lines[index] as TimerLine;
          if (!matchesFilter(line, filter)) continue;
          if (timers.length === limit) {
            const { runId, startedMs, closedMs } = group;
            return {
              timers,
              cursor: encodeCursor({ token, at: { runId, startedMs, closedMs, index } }, list),
            };
          }
          timers.push(line);
        }
      }
      if (!page.token) return { timers };
      token = page.token;
      place = undefined;
      scanned += GROUPS_A_PAGE;
      if (timers.length === limit || scanned >= MAX_GROUPS || Date.now() > untilMs) {
        return { timers, cursor: encodeCursor({ token }, list) };
      }
    }
  }

  private async read(query: string, token: string) {
    try {
      return await this.groups.current({ query, token, size: GROUPS_A_PAGE });
    } catch (error) {
      // The engine's own part of a cursor is its to judge.
      if (token && codeOf(error) === INVALID_ARGUMENT) throw new InvalidCursor();
      throw error;
    }
  }
}

function codeOf(error: unknown): unknown {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return code ?? cause?.code;
}
