import { Context } from '@temporalio/activity';
import { Inject, Injectable } from '@nestjs/common';
import { Client } from '@temporalio/client';
import type {
  BulkActivities as Activities,
  BulkTally,
  ChangeTimers,
  FindTimers,
  TimerIds,
} from '#contracts/bulk-change.js';
import { decodeTimerId, workflowIdOf } from '#contracts/timer-id.js';
import { Logger } from '#observability/logger.js';
import { TimerChanges } from '#timers/timer-changes.js';
import { TimerList } from '#timers/timer-list.js';

const PAGE = 100;
const LIST_TIMEOUT_MS = 8_000;
/** Groups that are changed at a time: each may make a worker give a window back. */
const GROUPS_AT_A_TIME = 10;
/** Timers that cannot be changed however often it is tried must not hold up the others. */
const MAX_TRIES = 5;

/** The activities of `bulkChange`. */
@Injectable()
export class BulkActivities implements Activities {
  constructor(
    @Inject(Client) private readonly client: Client,
    private readonly timers: TimerList,
    private readonly changes: TimerChanges,
    private readonly logger: Logger,
  ) {}

  async findTimers({ tenant, filter, cursor }: FindTimers): Promise<TimerIds> {
    const page = await this.client.withDeadline(Date.now() + LIST_TIMEOUT_MS, () =>
      this.timers.page(tenant, filter, { limit: PAGE, cursor }),
    );
    return { ids: page.timers.map(({ id }) => id), cursor: page.cursor };
  }

  async changeTimers({ tenant, ids, ...change }: ChangeTimers): Promise<BulkTally> {
    const { info, heartbeat, cancellationSignal } = Context.current();
    const recorded = info.heartbeatDetails as BulkTally | undefined;
    const tally: BulkTally = { ...{ done: 0, refused: 0, failed: 0, repeated: 0 }, ...recorded };
    const begun = tally.done + tally.refused + tally.failed + tally.repeated;
    const groups = groupsOf(tenant, ids.slice(begun));
    while (groups.length > 0 && !cancellationSignal.aborted) {
      const some = groups.splice(0, GROUPS_AT_A_TIME);
      const outcomes = await Promise.all(some.map((group) => this.change(tenant, group, change)));
      for (const outcome of outcomes.flat()) tally[outcome] += 1;
      heartbeat(tally);
    }
    return tally;
  }

  private async change(
    tenant: string,
    { workflowId, ids }: Group,
    { kind, again }: Pick<ChangeTimers, 'kind' | 'again'>,
  ): Promise<(keyof BulkTally)[]> {
    const { attempt, workflowExecution } = Context.current().info;
    const requests = ids.map((id) => ({
      // The same at every try, so that a timer is not redelivered twice.
      ...{ changeId: `${workflowExecution?.workflowId} ${id}`, id },
      change: { kind },
    }));
    try {
      const decided = await this.changes.changeSeveral(tenant, workflowId, requests);
      return decided.map(({ outcome, repeated }) => {
        if (repeated && again) return 'repeated';
        return outcome === 'made' || outcome === 'accepted' ? 'done' : 'refused';
      });
    } catch (error) {
      if (attempt < MAX_TRIES) throw error;
      this.logger.warn({ err: error, timers: ids }, 'Timers could not be changed');
      return ids.map(() => 'failed');
    }
  }
}

/** Timers of one workflow. */
interface Group {
  workflowId: string;
  ids: string[];
}

/** In their order: those of a group are listed one after the other. */
function groupsOf(tenant: string, ids: string[]): Group[] {
  const groups: Group[] = [];
  for (const id of ids) {
    const parts = decodeTimerId(id);
    if (!parts) throw new TypeError(`${id} is no id of a timer`);
    const workflowId = workflowIdOf(tenant, parts);
    const last = groups.at(-1);
    if (last?.workflowId === workflowId) last.ids.push(id);
    else groups.push({ workflowId, ids: [id] });
  }
  return groups;
}
