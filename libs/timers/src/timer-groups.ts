import type { Client } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
import { TIMER_LINES } from '#contracts/timer-line.js';
import type { TimerLine } from '#contracts/timer-line.js';
import type { GroupKind } from '#contracts/timers.js';
import { groupsQuery, quoted } from './visibility-query.js';

/** The workflow of a group as visibility knows it: without a worker, and a moment late. */
export interface TimerGroup {
  workflowId: string;
  runId: string;
  startedMs: number;
  /** Infinity while it runs. */
  closedMs: number;
  lines: TimerLine[];
}

export interface GroupPage {
  groups: TimerGroup[];
  /** Where the next page begins; empty at the end. */
  token: string;
}

export interface GroupQuery {
  query: string;
  token?: string;
  size: number;
}

/** Reads groups page by page, those that run first, then by the time of their end, and of their start; latest first. */
export class TimerGroups {
  constructor(
    private readonly client: Client,
    private readonly kind?: GroupKind,
  ) {}

  /** Without the groups whose timers live on in a later run of the same workflow. */
  async current(query: GroupQuery): Promise<GroupPage> {
    const page = await this.read(query);
    const latest = await this.latestRuns(page.groups);
    return { ...page, groups: page.groups.filter((group) => !isOutdated(group, latest)) };
  }

  /** The group as its latest run knows it. */
  async latest(tenant: string, workflowId: string): Promise<TimerGroup | undefined> {
    const query = groupsQuery(tenant, [`WorkflowId = ${quoted(workflowId)}`], this.kind);
    const { groups } = await this.read({ query, size: 10 });
    return groups.sort((a, b) => b.startedMs - a.startedMs)[0];
  }

  async read({ query, token = '', size }: GroupQuery): Promise<GroupPage> {
    const { namespace, loadedDataConverter } = this.client.options;
    const { executions, nextPageToken } = await this.client.workflowService.listWorkflowExecutions({
      ...{ namespace, query, pageSize: size },
      nextPageToken: Buffer.from(token, 'base64url'),
    });
    const groups = (executions ?? []).map(async (raw) => {
      const info = await executionInfoFromRaw(raw, loadedDataConverter, undefined, namespace);
      return {
        ...{ workflowId: info.workflowId, runId: info.runId },
        startedMs: info.startTime.getTime(),
        closedMs: info.closeTime?.getTime() ?? Infinity,
        lines: (info.memo?.[TIMER_LINES] as TimerLine[] | undefined) ?? [],
      };
    });
    return {
      groups: await Promise.all(groups),
      token: Buffer.from(nextPageToken ?? []).toString('base64url'),
    };
  }

  // What is redelivered after the end of its group goes on in a new run, and the old one is gone only a moment later.
  private async latestRuns(groups: TimerGroup[]): Promise<TimerGroup[]> {
    const closed = groups.filter(({ closedMs }) => closedMs < Infinity);
    if (closed.length === 0) return [];
    const ids = closed.map(({ workflowId }) => quoted(workflowId)).join(', ');
    const { groups: runs } = await this.read({ query: `WorkflowId IN (${ids})`, size: 2 * closed.length });
    return runs;
  }
}

function isOutdated({ workflowId, startedMs }: TimerGroup, runs: TimerGroup[]): boolean {
  return runs.some((run) => run.workflowId === workflowId && run.startedMs > startedMs);
}
