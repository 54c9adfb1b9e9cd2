import { DEFAULT_TENANT } from '#contracts/timers.js';
import { SCOPES } from './scopes.js';

/** How much a tenant may ask for. 0 is no limit. */
export interface TenantQuotas {
  /** Timers that have not ended. */
  pendingTimers: number;
  /** Timers and jobs accepted per second, by each server. */
  createsPerSecond: number;
  /** What one timer sends, or one job is given as its input, in bytes. */
  payloadBytes: number;
}

/** Who a request belongs to. */
export interface RequestTenant {
  id: string;
  quotas: TenantQuotas;
  /** What the request may do: see `SCOPES`. */
  scopes: readonly string[];
}

const NO_QUOTAS: TenantQuotas = { pendingTimers: 0, createsPerSecond: 0, payloadBytes: 0 };

/** Everything is theirs while API keys are off. */
export const ONLY_TENANT: RequestTenant = { id: DEFAULT_TENANT, quotas: NO_QUOTAS, scopes: SCOPES };
