import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { JOB_ALERT_WORKFLOW } from '#contracts/job-alert.js';
import { isOver, JOB_STATUSES, JOB_WORKFLOW } from '#contracts/job.js';
import { PENDING, powersUpTo } from '#contracts/pending.js';
import { OWN_TASK_QUEUES } from '#contracts/task-queues.js';
import { DUE_UNTIL, JOB_PARENT, JOB_STATUS, TIMER_STATUSES } from '#contracts/search-attributes.js';
import { MAX_TIMERS_PER_GROUP, TIMERS_WORKFLOW } from '#contracts/timers.js';
import { Metrics } from '#observability/metrics.js';
import { quoted, time } from '#timers/visibility-query.js';

const CALL_TIMEOUT_MS = 2_000;
/** What is later than this is not on its way, but stuck, or waits for its flow or destination. */
const OVERDUE_MS = 60_000;
/** Both metrics of a queue come from one question. */
const SAME_SCRAPE_MS = 1_000;
/** `TaskQueueType` of the engine's API. */
const KINDS = { workflow: 1, activity: 2 };

/** Task queues that single tenants have: as many as the operator has set up. */
export const TENANT_QUEUES = Symbol('TENANT_QUEUES');

type QueueDescription = Awaited<ReturnType<Client['workflowService']['describeTaskQueue']>>;

/**
 * What only the engine knows, asked when Prometheus asks. Each server tells the same: look at one of them, or at `max`.
 * All is asked at once: of an engine that hangs Prometheus would not wait for one answer after the other, and what the server
 * itself knows would be lost with them.
 */
@Injectable()
export class EngineMetrics implements OnModuleInit {
  private readonly queues: string[];
  private readonly asked = new Map<string, { atMs: number; answer: Promise<QueueDescription | undefined> }>();

  constructor(
    private readonly metrics: Metrics,
    @Inject(Client) private readonly client: Client,
    @Inject(TENANT_QUEUES) ofTenants: readonly string[],
  ) {
    this.queues = [...new Set([...OWN_TASK_QUEUES, ...ofTenants])];
  }

  onModuleInit(): void {
    const { metrics } = this;
    metrics.gauge(
      { name: 'timers_pending', help: 'Timers that have not ended, of all tenants' },
      async (gauge) => gauge.set((await this.known(() => this.pendingTimers())) ?? NaN),
    );
    const help =
      'Groups of timers that were all due a minute ago at least, of which some have not been begun';
    metrics.gauge({ name: 'timer_groups_overdue', help }, async (gauge) =>
      gauge.set((await this.known(() => this.overdueGroups(Date.now()))) ?? NaN),
    );
    this.ofQueues('task_queue_backlog', 'Tasks in the engine that wait for a worker', ({ stats }) =>
      Number(stats?.approximateBacklogCount ?? 0),
    );
    this.ofQueues(
      'task_queue_pollers',
      'Workers that have asked for tasks in the last minutes',
      ({ pollers }) => pollers.length,
    );
    this.ofJobs();
    this.ofAlerts();
  }

  private ofJobs(): void {
    const options = { name: 'jobs_open', help: 'Jobs that have not ended', labels: ['status'] };
    this.metrics.gauge(options, async (gauge) => {
      const counts = JOB_STATUSES.filter((status) => !isOver(status)).map(async (status) => {
        const query = `WorkflowType = ${quoted(JOB_WORKFLOW)} AND ExecutionStatus = 'Running' AND ${JOB_STATUS.name} = ${quoted(status)}`;
        gauge.set({ status }, (await this.known(() => this.count(query))) ?? NaN);
      });
      await Promise.all(counts);
    });
  }

  private ofAlerts(): void {
    const help = 'Alerts of jobs that are under way, or have failed for good';
    const alerts = `WorkflowType = ${quoted(JOB_ALERT_WORKFLOW)}`;
    // An alert has done its part when a timer has the webhook.
    const webhooks = `WorkflowType = ${quoted(TIMERS_WORKFLOW)} AND ${JOB_PARENT.name} IS NOT NULL`;
    const queries = Object.entries({
      pending: `ExecutionStatus = 'Running' AND (${alerts} OR (${webhooks}))`,
      failed: `(${alerts} AND ExecutionStatus = 'Failed') OR (${webhooks} AND ${TIMER_STATUSES.name} = 'failed')`,
    });
    this.metrics.gauge({ name: 'job_alerts', help, labels: ['status'] }, async (gauge) => {
      const counts = queries.map(async ([status, query]) =>
        gauge.set({ status }, (await this.known(() => this.count(query))) ?? NaN),
      );
      await Promise.all(counts);
    });
  }

  private ofQueues(name: string, help: string, value: (queue: QueueDescription) => number): void {
    const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];
    const all = this.queues.flatMap((task_queue) => kinds.map((kind) => ({ task_queue, kind })));
    this.metrics.gauge({ name, help, labels: ['task_queue', 'kind'] }, async (gauge) => {
      const values = all.map(async ({ task_queue, kind }) => {
        const queue = await this.described(task_queue, kind);
        gauge.set({ task_queue, kind }, queue ? value(queue) : NaN);
      });
      await Promise.all(values);
    });
  }

  private described(name: string, kind: keyof typeof KINDS): Promise<QueueDescription | undefined> {
    const key = `${kind} ${name}`;
    const last = this.asked.get(key);
    if (last && performance.now() - last.atMs < SAME_SCRAPE_MS) return last.answer;
    const answer = this.known(() => this.describe(name, kind));
    this.asked.set(key, { atMs: performance.now(), answer });
    return answer;
  }

  /** Undefined while the engine does not answer: that is no number of anything. */
  private async known<T>(ask: () => Promise<T>): Promise<T | undefined> {
    return this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, ask).catch(() => undefined);
  }

  private async pendingTimers(): Promise<number> {
    const counts = powersUpTo(MAX_TIMERS_PER_GROUP).map(
      async (power) =>
        power * (await this.count(`ExecutionStatus = 'Running' AND ${PENDING.name} = '${power}'`)),
    );
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }

  private overdueGroups(nowMs: number): Promise<number> {
    const before = time(nowMs - OVERDUE_MS);
    // What a worker has not taken up may not be published yet: runs of schedules, and what was sent again.
    const due = `(${DUE_UNTIL.name} < ${before} OR (${DUE_UNTIL.name} IS NULL AND StartTime < ${before}))`;
    return this.count(`ExecutionStatus = 'Running' AND ${TIMER_STATUSES.name} = 'scheduled' AND ${due}`);
  }

  private async count(query: string): Promise<number> {
    return (await this.client.workflow.count(query)).count;
  }

  private describe(name: string, kind: keyof typeof KINDS) {
    const { namespace } = this.client.options;
    return this.client.workflowService.describeTaskQueue({
      ...{ namespace, taskQueue: { name }, taskQueueType: KINDS[kind], reportStats: true },
    });
  }
}
