import { Inject, Injectable, Optional } from '@nestjs/common';
import { and, eq, isNull, lt, or } from 'drizzle-orm';
import { Database } from '#database/database.js';
import { apiKeys, tenants } from '#database/schema.js';
import { databaseError } from '#database/unavailable.js';
import { Logger } from '#observability/logger.js';
import { hashSecret, isSecret, parseApiKey } from './api-key.js';
import type { ApiKey } from './api-key.js';
import { Recent } from './recent.js';
import type { RequestTenant } from './tenant.js';
import { TENANTS_SETTINGS } from './tenants.settings.js';
import type { TenantsSettings } from './tenants.settings.js';

/** So long a server goes by what it has read: a revoked key works that much longer. */
const FRESH_MS = 5_000;
/** And so long while the database cannot be asked. */
const STALE_MS = 3_600_000;
const MAX_KEYS = 10_000;
const LAST_USE_MS = 60_000;

type StoredKey = Awaited<ReturnType<KeyRing['read']>>;

/** Tells whose key a request carries. */
@Injectable()
export class KeyRing {
  private readonly stored = new Recent<StoredKey>(
    { freshMs: FRESH_MS, staleMs: STALE_MS, max: MAX_KEYS },
    (id) => this.read(id),
  );
  /** Compared with where there is no key, so that an unknown id takes as long as a wrong secret. */
  private readonly nobody = Buffer.alloc(32);

  constructor(
    private readonly logger: Logger,
    @Inject(TENANTS_SETTINGS) private readonly settings: TenantsSettings,
    @Optional() private readonly database?: Database,
  ) {}

  /**
   * Undefined for what was never a key or is a wrong one; `retired` for one that was right and may not be used now. Throws
   * if the database is needed and away.
   */
  async holder(text: string): Promise<RequestTenant | 'retired' | undefined> {
    const key = parseApiKey(text);
    if (!key) return undefined;
    const stored = await this.stored.get(key.id);
    const isRight = isSecret(this.settings.peppers, key.secret, stored?.hash ?? this.nobody);
    if (!stored || !isRight) return undefined;
    const hasExpired = stored.expiresAt && stored.expiresAt.getTime() <= Date.now();
    if (stored.revokedAt || stored.disabledAt || hasExpired) return 'retired';
    this.noteUse(key, stored);
    return { id: stored.tenant, quotas: this.quotasOf(stored), scopes: stored.scopes };
  }

  /** Whether it is, or was, the key of somebody whom this server has heard before. Asks no database. */
  knows(text: string): boolean {
    const key = parseApiKey(text);
    const hash = (key && this.stored.peek(key.id)?.hash) ?? this.nobody;
    return isSecret(this.settings.peppers, key?.secret ?? '', hash);
  }

  private async read(id: string) {
    const [stored] = await this.orm
      .select({
        tenant: tenants.id,
        disabledAt: tenants.disabledAt,
        maxPendingTimers: tenants.maxPendingTimers,
        createsPerSecond: tenants.createsPerSecond,
        maxPayloadBytes: tenants.maxPayloadBytes,
        hash: apiKeys.hash,
        scopes: apiKeys.scopes,
        expiresAt: apiKeys.expiresAt,
        revokedAt: apiKeys.revokedAt,
        lastUsedAt: apiKeys.lastUsedAt,
      })
      .from(apiKeys)
      .innerJoin(tenants, eq(tenants.id, apiKeys.tenant))
      .where(eq(apiKeys.id, id));
    return stored;
  }

  // Apart from the request, and by all servers together at most once a minute. A key is then known by the pepper in use.
  private noteUse({ id, secret }: ApiKey, stored: NonNullable<StoredKey>): void {
    const now = new Date();
    const before = new Date(now.getTime() - LAST_USE_MS);
    if (stored.lastUsedAt && stored.lastUsedAt > before) return;
    stored.lastUsedAt = now;
    this.orm
      .update(apiKeys)
      .set({ lastUsedAt: now, hash: hashSecret(this.settings.peppers, secret) })
      .where(and(eq(apiKeys.id, id), or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, before))))
      .catch((error: unknown) =>
        this.logger.warn({ err: databaseError(error) }, 'The last use of an API key could not be noted'),
      );
  }

  private get orm() {
    if (!this.database) throw new Error('there are API keys, and no database');
    return this.database.orm;
  }

  private quotasOf({ maxPendingTimers, createsPerSecond, maxPayloadBytes }: NonNullable<StoredKey>) {
    const { quotas } = this.settings;
    return {
      pendingTimers: maxPendingTimers ?? quotas.pendingTimers,
      createsPerSecond: createsPerSecond ?? quotas.createsPerSecond,
      payloadBytes: maxPayloadBytes ?? quotas.payloadBytes,
    };
  }
}
