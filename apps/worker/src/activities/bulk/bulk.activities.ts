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
import { Logger } from '#observability/logger.js';
import { TimerChanges } from '#timers/timer-changes.js';
import { TimerList } from '#timers/timer-list.js';

const PAGE = 100;
const LIST_TIMEOUT_MS = 8_000;
/** Changes under way at a time: each may make a worker give a window back. */
const AT_A_TIME = 10;
/** A timer that cannot be changed however often it is tried must not hold up the others. */
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
    for (let at = begun; at < ids.length && !cancellationSignal.aborted; at += AT_A_TIME) {
      const some = ids.slice(at, at + AT_A_TIME);
      // The first brings a group back that has ended; the others of it then meet that.
      const [first = '', ...others] = some;
      const outcomes = [await this.change(tenant, first, change)];
      outcomes.push(...(await Promise.all(others.map((id) => this.change(tenant, id, change)))));
      for (const outcome of outcomes) tally[outcome] += 1;
      heartbeat(tally);
    }
    return tally;
  }

  private async change(
    tenant: string,
    id: string,
    { kind, again }: Pick<ChangeTimers, 'kind' | 'again'>,
  ): Promise<keyof BulkTally> {
    const { attempt, workflowExecution } = Context.current().info;
    // The same at every try, so that a timer is not redelivered twice.
    const changeId = `${workflowExecution?.workflowId} ${id}`;
    try {
      const { outcome, repeated } = await this.changes.change(tenant, id, { kind }, changeId);
      if (repeated && again) return 'repeated';
      return outcome === 'made' || outcome === 'accepted' ? 'done' : 'refused';
    } catch (error) {
      if (attempt < MAX_TRIES) throw error;
      this.logger.warn({ err: error, timer: id }, 'A timer could not be changed');
      return 'failed';
    }
  }
}
