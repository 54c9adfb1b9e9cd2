import { Inject, Injectable } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { JOB_ALERT_WORKFLOW } from '#contracts/job-alert.js';
import { GLOBAL } from '#contracts/job.js';
import { TENANT } from '#contracts/search-attributes.js';
import { matchesFilter } from '#contracts/timer-filter.js';
import type { TimerFilter } from '#contracts/timer-filter.js';
import { TimerGroups } from '#timers/timer-groups.js';
import { filterConditions, groupsQuery, quoted } from '#timers/visibility-query.js';
import { invalid } from '../http/problem.exception.js';
import { formatInstant, parseInstant } from '../http/rfc3339.js';
import { hasScope } from '../http/require-scope.js';
import type { RequestTenant } from '../tenants/tenant.js';
import type { JobAlertStatsDto, StatsDto, StatsQuery } from './stats.dto.js';
import { Tally } from './tally.js';

const HOUR_MS = 3_600_000;
const MAX_WINDOW_MS = 7 * 24 * HOUR_MS;
const GROUPS_A_PAGE = 100;
/** What is looked at for one answer. */
const MAX_GROUPS = 10_000;
const MAX_SCAN_MS = 4_000;
const CALL_TIMEOUT_MS = 3_000;

@Injectable()
export class StatsService {
  private readonly groups: TimerGroups;

  constructor(@Inject(Client) private readonly client: Client) {
    this.groups = new TimerGroups(client);
  }

  async of(tenant: RequestTenant, { from, to, late_after_ms: lateAfterMs }: StatsQuery): Promise<StatsDto> {
    const nowMs = Date.now();
    const dueUntilMs = (to === undefined ? undefined : parseInstant(to)) ?? nowMs;
    const dueFromMs = (from === undefined ? undefined : parseInstant(from)) ?? dueUntilMs - HOUR_MS;
    if (dueFromMs >= dueUntilMs) throw invalid([{ field: 'from', message: 'must be before to' }]);
    if (dueUntilMs - dueFromMs > MAX_WINDOW_MS) {
      throw invalid([{ field: 'from', message: 'must be at most 7 days before to' }]);
    }
    const tally = new Tally({ lateAfterMs, nowMs });
    const [complete, job_alerts] = await Promise.all([
      this.count(tenant.id, { dueFromMs, dueUntilMs }, tally),
      this.alerts(tenant),
    ]);
    const { counts, lateness, late, missed } = tally;
    return {
      from: formatInstant(dueFromMs),
      to: formatInstant(dueUntilMs),
      ...{ complete, counts, lateness, late, missed, job_alerts },
    };
  }

  private async alerts(tenant: RequestTenant): Promise<JobAlertStatsDto> {
    const owners = hasScope(tenant, 'jobs:global') ? [tenant.id, GLOBAL] : [tenant.id];
    const ofOwners = `${TENANT.name} IN (${owners.map(quoted).join(', ')})`;
    const alerts = `WorkflowType = ${quoted(JOB_ALERT_WORKFLOW)} AND ${ofOwners}`;
    const count = (status: string) =>
      this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
        this.client.workflow.count(`${alerts} AND ExecutionStatus = ${quoted(status)}`),
      );
    const [pending, failed] = await Promise.all([count('Running'), count('Failed')]);
    return { pending: pending.count, failed: failed.count };
  }

  /** Whether it came to the end. */
  private async count(tenant: string, filter: TimerFilter, tally: Tally): Promise<boolean> {
    const query = groupsQuery(tenant, filterConditions(filter));
    const untilMs = Date.now() + MAX_SCAN_MS;
    let token = '';
    for (let scanned = 0; scanned < MAX_GROUPS && Date.now() < untilMs; scanned += GROUPS_A_PAGE) {
      const page = await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
        this.groups.current({ query, token, size: GROUPS_A_PAGE }),
      );
      const lines = page.groups.flatMap((group) => group.lines);
      for (const line of lines) if (matchesFilter(line, filter)) tally.add(line);
      token = page.token;
      if (!token) return true;
    }
    return false;
  }
}
