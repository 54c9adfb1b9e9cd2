import { createHash } from 'node:crypto';
import { and, eq, gt } from 'drizzle-orm';
import type { Database } from '#database/database.js';
import { webhookEndpoints } from '#database/schema.js';
import type { WebhookEndpointRow } from '#database/webhook-endpoints.js';
import { KEY_KEPT_MS, keyReused } from '../http/idempotency-key.js';

/** A request that says the same however often it comes. */
export interface EndpointRequest {
  key: string;
  /** Digest of what it asks for. */
  fingerprint: string;
}

/** By which an endpoint is known as what the request has created. */
export function requestColumns({ key, fingerprint }: EndpointRequest) {
  return { requestDigest: digestOf(key), requestFingerprint: fingerprint };
}

/** What the same request has created in the last 24 hours; throws 422 if its key stood for another one. */
export async function earlierEndpoint(
  orm: Pick<Database['orm'], 'select'>,
  tenant: string,
  { key, fingerprint }: EndpointRequest,
): Promise<WebhookEndpointRow | undefined> {
  const { requestDigest, createdAt } = webhookEndpoints;
  const since = new Date(Date.now() - KEY_KEPT_MS);
  const [found] = await orm
    .select()
    .from(webhookEndpoints)
    .where(and(eq(webhookEndpoints.tenant, tenant), eq(requestDigest, digestOf(key)), gt(createdAt, since)))
    .limit(1);
  if (found && found.requestFingerprint !== fingerprint) throw keyReused();
  return found;
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
