import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import { JOB_ALERT_WORKFLOW } from '#contracts/job-alert.js';
import type { JobAlertInput } from '#contracts/job-alert.js';
import { GLOBAL } from '#contracts/job.js';
import { TENANT } from '#contracts/search-attributes.js';

/** Has an alert sent by a workflow of its own, which outlives this one. Resolves when the engine has it. */
export async function startAlert(workflowId: string, input: JobAlertInput): Promise<void> {
  const { tenant } = input.alert.job;
  try {
    await startChild(JOB_ALERT_WORKFLOW, {
      workflowId,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      typedSearchAttributes: [{ key: TENANT, value: tenant ?? GLOBAL }],
      args: [input],
    });
  } catch (error) {
    // Those concerned are being told of this already.
    if ((error as Error).name !== 'WorkflowExecutionAlreadyStartedError') throw error;
  }
}
