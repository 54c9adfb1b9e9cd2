import { Inject, Injectable } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { BLAST_WORKFLOW, blastChanged, blastWorkflowId } from '#contracts/blast.js';
import type { BlastKey } from '#contracts/blast.js';
import { TENANT } from '#contracts/search-attributes.js';
import { MESSAGES_TASK_QUEUE } from '#contracts/task-queues.js';

const CALL_TIMEOUT_MS = 2_500;

/** Has the workflow of a blast look at what has changed. */
@Injectable()
export class BlastStarts {
  constructor(@Inject(Client) private readonly client: Client) {}

  /** Starts it if it does not run. */
  async poke({ tenant, id }: BlastKey): Promise<void> {
    await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
      this.client.workflow.signalWithStart(BLAST_WORKFLOW, {
        ...{ workflowId: blastWorkflowId(tenant, id), taskQueue: MESSAGES_TASK_QUEUE },
        ...{ args: [{ tenant, id }], signal: blastChanged, signalArgs: [] },
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        // Where tasks wait in the engine, tenants take turns.
        priority: { fairnessKey: tenant },
        typedSearchAttributes: [{ key: TENANT, value: tenant }],
      }),
    );
  }
}
