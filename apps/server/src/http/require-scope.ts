import type { Scope } from '../tenants/scopes.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { ProblemException } from './problem.exception.js';

export function hasScope({ scopes }: RequestTenant, scope: Scope): boolean {
  return scopes.includes(scope);
}

/** Throws 403 unless the request may do what this scope is for. */
export function requireScope(tenant: RequestTenant, scope: Scope): void {
  if (hasScope(tenant, scope)) return;
  const headers = { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` };
  throw new ProblemException(403, 'insufficient-scope', `The API key needs the scope ${scope}.`, { headers });
}
