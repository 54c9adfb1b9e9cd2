import type { RequestTenant } from '../tenants/tenant.js';
import { mayActGlobally } from './may-act-globally.js';

export const JOB_SCOPES = ['tenant', 'global'] as const;
export type JobScope = (typeof JOB_SCOPES)[number];

/** Whose jobs a request is about: its tenant's, or those of nobody in particular: null. */
export function jobOwner(tenant: RequestTenant, scope: JobScope = 'tenant'): string | null {
  return scope === 'global' ? mayActGlobally(tenant, null) : tenant.id;
}
