import { blastChanged, blastWorkflowId } from './blast.js';
import type { BlastInput, BlastKey } from './blast.js';
import { TENANT } from './search-attributes.js';
import { MESSAGES_TASK_QUEUE } from './task-queues.js';

/** How the workflow of a blast is told that its row has changed, and started where it does not run. */
export function blastOptions({ tenant, id }: BlastKey) {
  const args: [BlastInput] = [{ tenant, id }];
  const signalArgs: [] = [];
  return {
    ...{ workflowId: blastWorkflowId(tenant, id), args, taskQueue: MESSAGES_TASK_QUEUE },
    ...{ signal: blastChanged, signalArgs },
    workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
    // Where tasks wait in the engine, tenants take turns.
    priority: { fairnessKey: tenant },
    typedSearchAttributes: [{ key: TENANT, value: tenant }],
  };
}
