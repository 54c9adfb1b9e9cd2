import type { Client } from '@temporalio/client';
import { GLOBAL, JOB_SUMMARY, JOB_WORKFLOW, jobWorkflowId, newJobState, summaryOf } from '#contracts/job.js';
import type { JobInput } from '#contracts/job.js';
import { JOB_PARENT, JOB_STATUS, JOB_TYPE, TENANT } from '#contracts/search-attributes.js';
import { jobQueueOf } from '#contracts/task-queues.js';

export interface JobStartOptions {
  deadlineMs: number;
  /** One with this id has ended, and this goes on where it stood. */
  again?: boolean;
}

/** Starts the workflow of a job, with all that can be read and searched of it without a worker. */
export class JobStart {
  constructor(
    private readonly client: Client,
    /** By tenant, and for `global` work. */
    private readonly taskQueues: Readonly<Record<string, string>>,
  ) {}

  /** Resolves when the job is durable; rejects if one with this id is there, or has been unless it is to go on. */
  async start(input: JobInput, { deadlineMs, again = false }: JobStartOptions): Promise<void> {
    const { id, tenant, plan, parent, createdMs, startAtMs = createdMs } = input;
    const state = input.state ?? newJobState(plan.groups, startAtMs > createdMs);
    const summary = summaryOf(input, state);
    await this.client.withDeadline(deadlineMs, () =>
      this.client.workflow.start(JOB_WORKFLOW, {
        workflowId: jobWorkflowId(tenant, id),
        workflowIdReusePolicy: again ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
        taskQueue: jobQueueOf(tenant, this.taskQueues),
        args: [input],
        // Where tasks wait in the engine, tenants take turns, and global work is as one of them.
        priority: { fairnessKey: tenant ?? GLOBAL },
        memo: { [JOB_SUMMARY]: summary },
        typedSearchAttributes: [
          { key: TENANT, value: tenant ?? GLOBAL },
          { key: JOB_STATUS, value: summary.status },
          { key: JOB_TYPE, value: plan.type },
          ...(parent === undefined ? [] : [{ key: JOB_PARENT, value: parent }]),
        ],
      }),
    );
  }
}
