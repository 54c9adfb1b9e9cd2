import { requireScope } from '../http/require-scope.js';
import type { RequestTenant } from '../tenants/tenant.js';

export const JOB_SCOPES = ['tenant', 'global'] as const;
export type JobScope = (typeof JOB_SCOPES)[number];

/**
 * Whose jobs and results a request is about: its tenant's, or those of nobody in particular (null), which not everybody
 * may see and start: else problem 403.
 */
export function jobOwner(tenant: RequestTenant, scope: JobScope = 'tenant'): string | null {
  if (scope === 'tenant') return tenant.id;
  requireScope(tenant, 'jobs:global');
  return null;
}
