import type { TenantQuotas } from './tenant.js';

export const TENANTS_SETTINGS = Symbol('TENANTS_SETTINGS');

export interface TenantsSettings {
  /** Whether requests need an API key. */
  apiKeys: boolean;
  /** Undefined: there are no admin routes. */
  adminToken?: string;
  /** Wrong keys and tokens that are answered for one address; 0: any number. */
  failedLoginsPerMinute: number;
  /** What the secrets of API keys are hashed with: the first; the others were before. An empty one without a database. */
  peppers: readonly Uint8Array[];
  /** Of tenants that have none of their own. */
  quotas: TenantQuotas;
}
