/** What a tenant may be called. */
export const TENANT_ID = /^[a-z0-9][a-z0-9-]{0,31}$/;
/** Ids of alerts of jobs are made of the id of what they tell about. */
const ABOUT = /^alert:/;

/** Every id of a workflow begins with its kind and whose it is. Undefined for what belongs to nobody. */
export function tenantOfWorkflowId(workflowId: string): string | undefined {
  const tenant = workflowId.replace(ABOUT, '').split(':')[1] ?? '';
  return TENANT_ID.test(tenant) ? tenant : undefined;
}
