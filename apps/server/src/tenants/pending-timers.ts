import { Inject, Injectable } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { PENDING, powersUpTo } from '#contracts/pending.js';
import { TENANT } from '#contracts/search-attributes.js';
import { MAX_TIMERS_PER_GROUP } from '#contracts/timers.js';
import { quoted } from '#timers/visibility-query.js';

const TIMEOUT_MS = 1_000;

/** Counts timers that have not ended, in the engine's index. That is right but for the last second or so. */
@Injectable()
export class PendingTimers {
  constructor(@Inject(Client) private readonly client: Client) {}

  /** Of all timers of a tenant, whoever accepted them. */
  async count(tenant: string): Promise<number> {
    const running = `${TENANT.name} = ${quoted(tenant)} AND ExecutionStatus = 'Running'`;
    const counts = await this.client.withDeadline(Date.now() + TIMEOUT_MS, () =>
      Promise.all(
        powersUpTo(MAX_TIMERS_PER_GROUP).map(async (power) => {
          const { count } = await this.client.workflow.count(`${running} AND ${PENDING.name} = '${power}'`);
          return power * count;
        }),
      ),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }
}
