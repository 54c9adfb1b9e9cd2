import type { Faults } from '#observability/faults.js';
import { WorkflowTaskFailed } from '#temporal/core-failure.js';
import type { SdkLine } from '#temporal/sdk-log.js';
import { tenantOfWorkflowId } from '#contracts/tenant.js';

/** What the SDK and its core say when code of a workflow has thrown, or does not fit its history. */
const FAILED_TASK = /^(Failed to process Workflow Activation|Failing workflow (task|due to nondeterminism))/;
/** A task that fails is tried again and again: it is told of once. */
const MAX_REMEMBERED = 1_000;

export interface WorkflowOfRun {
  workflowId: string;
  workflowType: string;
}

/**
 * Tells of workflow tasks that fail, out of what the SDK logs: that changes nothing of what workflows record. Its core knows
 * runs only, so `find` says which workflow one is of, if it can.
 */
export function workflowFaults(
  faults: Faults,
  find: (runId: string) => Promise<WorkflowOfRun | undefined>,
): (line: SdkLine) => void {
  const told = new Set<string>();
  const tell = async (message: string, fields: Record<string, unknown>, runId: string) => {
    const workflow = await find(runId).catch(() => undefined);
    const tenant = workflow && tenantOfWorkflowId(workflow.workflowId);
    const fault = [fields.error, fields.err].find((each) => each instanceof Error);
    faults.report(fault ?? new WorkflowTaskFailed(message), { ...workflow, runId, tenant });
  };
  return ({ message, fields }) => {
    const { runId } = fields;
    if (!FAILED_TASK.test(message) || typeof runId !== 'string' || told.has(runId)) return;
    if (told.size >= MAX_REMEMBERED) told.clear();
    told.add(runId);
    void tell(message, fields, runId);
  };
}
