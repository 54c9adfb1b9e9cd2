import type { Client } from '@temporalio/client';
import { JOB_WORKFLOW } from '#contracts/job.js';
import type { JobInput } from '#contracts/job.js';
import { jobOptions } from '#contracts/job-options.js';
import { jobQueueOf } from '#contracts/task-queues.js';

export interface JobStartOptions {
  deadlineMs: number;
  /** One with this id has ended, and this goes on where it stood. */
  again?: boolean;
}

/** Starts the workflow of a job. */
export class JobStart {
  constructor(
    private readonly client: Client,
    /** By tenant, and for `global` work. */
    private readonly taskQueues: Readonly<Record<string, string>>,
  ) {}

  /** Resolves when the job is durable; rejects if one with this id is there, or has been unless it is to go on. */
  async start(input: JobInput, { deadlineMs, again = false }: JobStartOptions): Promise<void> {
    await this.client.withDeadline(deadlineMs, () =>
      this.client.workflow.start(JOB_WORKFLOW, {
        ...jobOptions(input),
        workflowIdReusePolicy: again ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
        taskQueue: jobQueueOf(input.tenant, this.taskQueues),
      }),
    );
  }
}
