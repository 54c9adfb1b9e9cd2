import type { Client } from '@temporalio/client';
import { quoted } from '#timers/visibility-query.js';
import type { WorkflowOfRun } from './workflow-faults.js';

const CALL_TIMEOUT_MS = 2_000;

/** Undefined if the engine does not know it yet. */
export async function workflowOfRun(client: Client, runId: string): Promise<WorkflowOfRun | undefined> {
  const query = `RunId = ${quoted(runId)}`;
  return client.withDeadline(Date.now() + CALL_TIMEOUT_MS, async () => {
    for await (const { workflowId, type } of client.workflow.list({ query, pageSize: 1 }))
      return { workflowId, workflowType: type };
    return undefined;
  });
}
