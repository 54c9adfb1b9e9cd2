import { describe, expect, it } from '@jest/globals';
import { tenantOfWorkflowId } from './tenant.js';

describe('whose a workflow is', () => {
  it.each([
    ['timers:acme:b5ab63607fa862eb', 'acme'],
    ['job:acme:7f0c2a4e-6a55-4c0e-9d5c-2f1f8f3a9b10', 'acme'],
    ['alert:job:acme:7f0c2a4e-6a55-4c0e-9d5c-2f1f8f3a9b10:run:failed:0:0', 'acme'],
    ['alert:scheduled-job:acme:b5ab63607fa862eb', 'acme'],
    ['alert:job:*:7f0c2a4e-6a55-4c0e-9d5c-2f1f8f3a9b10:run:failed:0:0', undefined],
    ['temporal-sys-scheduler', undefined],
  ])('%s belongs to %s', (workflowId, tenant) => {
    expect(tenantOfWorkflowId(workflowId)).toBe(tenant);
  });
});
