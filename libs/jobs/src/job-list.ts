import type { Client } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
import { GLOBAL, JOB_SUMMARY, JOB_WORKFLOW } from '#contracts/job.js';
import type { JobStatus, JobSummary } from '#contracts/job.js';
import { JOB_PARENT, JOB_STATUS, JOB_TYPE, TENANT } from '#contracts/search-attributes.js';
import { decodeCursor, encodeCursor } from '#timers/list-cursor.js';
import { quoted } from '#timers/visibility-query.js';

/** Pages of the engine that one page looks at, where few jobs have the labels. */
const MAX_PAGES = 10;

export interface JobFilter {
  statuses?: readonly JobStatus[];
  type?: string;
  parent?: string;
  labels?: readonly (readonly [name: string, value: string])[];
}

/** A job as it is listed. */
export interface ListedJob {
  id: string;
  /** Null: of all tenants. */
  tenant: string | null;
  type: string;
  parent?: string;
  summary: JobSummary;
}

interface Run extends ListedJob {
  workflowId: string;
  startedMs: number;
  closed: boolean;
}

/** Lists jobs from what their workflows have published. Needs no worker. */
export class JobList {
  constructor(private readonly client: Client) {}

  /**
   * The next jobs that match, those that run first, then the latest. Of a parent and no tenant, all its children, whosever
   * they are. A page may be short, even empty, and still have a cursor. Throws `InvalidCursor` for a cursor of another list.
   */
  async page(
    tenant: string | null,
    filter: JobFilter,
    place: { limit: number; cursor?: string },
    deadlineMs: number,
  ): Promise<{ jobs: ListedJob[]; cursor?: string }> {
    return this.client.withDeadline(deadlineMs, () => this.readPage(tenant, filter, place));
  }

  private async readPage(
    tenant: string | null,
    filter: JobFilter,
    { limit, cursor }: { limit: number; cursor?: string },
  ): Promise<{ jobs: ListedJob[]; cursor?: string }> {
    const query = queryOf(tenant, filter);
    const list = `jobs ${query} ${JSON.stringify(filter.labels ?? [])}`;
    let token = cursor === undefined ? '' : decodeCursor(cursor, list).token;
    const jobs: ListedJob[] = [];
    for (let pages = 0; pages < MAX_PAGES && jobs.length < limit; pages++) {
      const page = await this.read(query, limit - jobs.length, token);
      const current = await this.withoutOutdated(page.runs);
      jobs.push(...current.filter(({ summary }) => hasLabels(summary, filter.labels)));
      token = page.token;
      if (!token) break;
    }
    return { jobs, ...(token && { cursor: encodeCursor({ token }, list) }) };
  }

  private async read(query: string, size: number, token = ''): Promise<{ runs: Run[]; token: string }> {
    const { namespace, loadedDataConverter } = this.client.options;
    const { executions, nextPageToken } = await this.client.workflowService.listWorkflowExecutions({
      ...{ namespace, query, pageSize: size },
      nextPageToken: Buffer.from(token, 'base64url'),
    });
    const runs = (executions ?? []).map(async (raw) => {
      const info = await executionInfoFromRaw(raw, loadedDataConverter, undefined, namespace);
      const attributes = info.typedSearchAttributes;
      const tenant = attributes.get(TENANT) ?? GLOBAL;
      return {
        tenant: tenant === GLOBAL ? null : tenant,
        id: info.workflowId.slice(info.workflowId.lastIndexOf(':') + 1),
        type: attributes.get(JOB_TYPE) ?? '',
        parent: attributes.get(JOB_PARENT),
        summary: info.memo?.[JOB_SUMMARY] as JobSummary,
        ...{ workflowId: info.workflowId, startedMs: info.startTime.getTime() },
        closed: info.closeTime !== undefined,
      };
    });
    return { runs: await Promise.all(runs), token: Buffer.from(nextPageToken ?? []).toString('base64url') };
  }

  // What is retried goes on in a new run of the same workflow.
  private async withoutOutdated(runs: Run[]): Promise<Run[]> {
    const closed = runs.filter((run) => run.closed);
    if (closed.length === 0) return runs;
    const ids = closed.map(({ workflowId }) => quoted(workflowId)).join(', ');
    const all = await this.read(`WorkflowId IN (${ids})`, 2 * closed.length);
    const isOutdated = (run: Run) =>
      all.runs.some((other) => other.workflowId === run.workflowId && other.startedMs > run.startedMs);
    return runs.filter((run) => !run.closed || !isOutdated(run));
  }
}

function queryOf(tenant: string | null, { statuses, type, parent }: JobFilter): string {
  const conditions = [`WorkflowType = ${quoted(JOB_WORKFLOW)}`, "ExecutionStatus != 'ContinuedAsNew'"];
  if (tenant !== null || parent === undefined) {
    conditions.push(`${TENANT.name} = ${quoted(tenant ?? GLOBAL)}`);
  }
  if (statuses) conditions.push(`${JOB_STATUS.name} IN (${statuses.map(quoted).join(', ')})`);
  if (type !== undefined) conditions.push(`${JOB_TYPE.name} = ${quoted(type)}`);
  if (parent !== undefined) conditions.push(`${JOB_PARENT.name} = ${quoted(parent)}`);
  return conditions.join(' AND ');
}

function hasLabels({ labels = {} }: JobSummary, wanted: JobFilter['labels'] = []): boolean {
  return wanted.every(([name, value]) => labels[name] === value);
}
