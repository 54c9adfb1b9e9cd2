import { GLOBAL, JOB_SUMMARY, jobWorkflowId, newJobState, summaryOf } from './job.js';
import type { JobInput } from './job.js';
import { JOB_PARENT, JOB_STATUS, JOB_TYPE, TENANT } from './search-attributes.js';

/** How the workflow of a job is started, with all that can be read and searched of it without a worker. */
export function jobOptions(input: JobInput) {
  const { id, tenant, plan, parent, createdMs, startAtMs = createdMs } = input;
  const summary = summaryOf(input, input.state ?? newJobState(plan.groups, startAtMs > createdMs));
  const args: [JobInput] = [input];
  return {
    ...{ workflowId: jobWorkflowId(tenant, id), args },
    // Where tasks wait in the engine, tenants take turns, and global work is as one of them.
    priority: { fairnessKey: tenant ?? GLOBAL },
    memo: { [JOB_SUMMARY]: summary },
    typedSearchAttributes: [
      { key: TENANT, value: tenant ?? GLOBAL },
      { key: JOB_STATUS, value: summary.status },
      { key: JOB_TYPE, value: plan.type },
      ...(parent === undefined ? [] : [{ key: JOB_PARENT, value: parent }]),
    ],
  };
}
