import type { Client } from '@temporalio/client';
import { InternalWorkflowStartOptionsSymbol } from '@temporalio/client/lib/internal.js';
import { JOB_WORKFLOW } from '#contracts/job.js';
import type { JobInput } from '#contracts/job.js';
import { jobOptions } from '#contracts/job-options.js';
import { JOB_BURSTS_TASK_QUEUE, jobQueueOf, JOBS_TASK_QUEUE } from '#contracts/task-queues.js';
import { Bursts } from './bursts.js';
import { StartLine } from './start-line.js';

export interface JobStartOptions {
  deadlineMs: number;
  /** The run of a job with this id that has ended: this goes on where that one stood. */
  after?: string;
}

/** Starts the workflow of a job. */
export class JobStart {
  private readonly bursts = new Bursts();
  private readonly line = new StartLine();

  constructor(
    private readonly client: Client,
    /** By tenant, and for `global` work. */
    private readonly taskQueues: Readonly<Record<string, string>>,
  ) {}

  /**
   * Resolves when the job is durable; rejects if one with this id is there, or has been unless it is to go on. It goes on
   * from a run once, however many ask for that: the engine takes no second start with the same request id, also when the
   * first one has ended meanwhile.
   */
  async start(input: JobInput, { deadlineMs, after }: JobStartOptions): Promise<void> {
    const taskQueue = this.queueOf(input.tenant);
    const start = () =>
      this.client.workflow.start(JOB_WORKFLOW, {
        ...jobOptions(input),
        workflowIdReusePolicy: after === undefined ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
        ...(after !== undefined && { [InternalWorkflowStartOptionsSymbol]: { requestId: `after:${after}` } }),
        taskQueue,
      });
    // The time in line is part of it: a start whose deadline has passed meanwhile is not asked for.
    await this.line.run(input.tenant, () => this.client.withDeadline(deadlineMs, start));
  }

  private queueOf(tenant: string | null): string {
    const taskQueue = jobQueueOf(tenant, this.taskQueues);
    const isBurst = taskQueue === JOBS_TASK_QUEUE && this.bursts.add(tenant);
    return isBurst ? JOB_BURSTS_TASK_QUEUE : taskQueue;
  }
}
