import { ProblemException } from '../http/problem.exception.js';
import type { RequestTenant } from '../tenants/tenant.js';

/** The value, for whoever may see and start what belongs to nobody in particular; else problem 403. */
export function mayActGlobally<T>(tenant: RequestTenant, value: T): T {
  if (tenant.mayActGlobally) return value;
  const headers = { 'www-authenticate': 'Bearer error="insufficient_scope", scope="jobs:global"' };
  const detail = 'The API key needs the scope jobs:global.';
  throw new ProblemException(403, 'insufficient-scope', detail, { headers });
}
