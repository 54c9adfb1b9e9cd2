import { Inject, Injectable, Optional } from '@nestjs/common';
import { and, desc, eq, sql } from 'drizzle-orm';
import { Database } from '#database/database.js';
import { apiKeys, tenants } from '#database/schema.js';
import { keyOfCursor, pageOf } from '../http/page.dto.js';
import type { PageQuery } from '../http/page.dto.js';
import { ProblemException } from '../http/problem.exception.js';
import { formatApiKey, hashSecret, newApiKey } from './api-key.js';
import type { ApiKey } from './api-key.js';
import type {
  ApiKeyDto,
  ApiKeyPageDto,
  CreateApiKeyDto,
  NewApiKeyDto,
  RotateApiKeyDto,
} from './api-keys.dto.js';
import { unknownApiKey, unknownTenant } from './id.pipes.js';
import { ormOf } from './orm.js';
import { TENANTS_SETTINGS } from './tenants.settings.js';
import type { TenantsSettings } from './tenants.settings.js';

/** Where a page ends: time of creation in ms, and id. */
const PLACE = /^\d{1,15} [0-9A-Za-z]{12}$/;

type Row = typeof apiKeys.$inferSelect;

@Injectable()
export class ApiKeysService {
  constructor(
    @Inject(TENANTS_SETTINGS) private readonly settings: TenantsSettings,
    @Optional() private readonly database?: Database,
  ) {}

  async create(tenant: string, { name, scopes, expires_in_seconds }: CreateApiKeyDto): Promise<NewApiKeyDto> {
    await this.mustKnow(tenant);
    const key = newApiKey();
    const row = this.rowOf(key, { tenant, name, scopes, expiresAt: inSeconds(expires_in_seconds) });
    const [stored] = await this.orm.insert(apiKeys).values(row).returning();
    return newApiKeyDto(key, stored as Row);
  }

  async list(tenant: string, { limit, cursor }: PageQuery): Promise<ApiKeyPageDto> {
    await this.mustKnow(tenant);
    const rows = await this.orm
      .select()
      .from(apiKeys)
      .where(and(eq(apiKeys.tenant, tenant), cursor === undefined ? undefined : isAfter(cursor)))
      .orderBy(desc(apiKeys.createdAt), desc(sql`${apiKeys.id} COLLATE "C"`))
      .limit(limit + 1);
    return pageOf(rows, limit, ({ createdAt, id }) => `${createdAt.getTime()} ${id}`, apiKeyDto);
  }

  /** It no longer works. Doing so again changes nothing. */
  async revoke(tenant: string, id: string): Promise<ApiKeyDto> {
    const [row] = await this.orm
      .update(apiKeys)
      .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, now())` })
      .where(isKey(tenant, id))
      .returning();
    if (!row) throw unknownApiKey(id);
    return apiKeyDto(row);
  }

  /** A new key in the place of one that works; the old one works on for a while. */
  async rotate(tenant: string, id: string, wanted: RotateApiKeyDto): Promise<NewApiKeyDto> {
    return this.orm.transaction(async (transaction) => {
      const [old] = await transaction.select().from(apiKeys).where(isKey(tenant, id)).for('update');
      if (!old) throw unknownApiKey(id);
      if (old.revokedAt || (old.expiresAt && old.expiresAt.getTime() <= Date.now())) {
        throw new ProblemException(409, 'conflict', `The API key ${id} no longer works. Make a new one.`);
      }
      const overlapEnd = new Date(Date.now() + wanted.overlap_seconds * 1000);
      const oldExpiry = old.expiresAt && old.expiresAt < overlapEnd ? old.expiresAt : overlapEnd;
      await transaction.update(apiKeys).set({ expiresAt: oldExpiry }).where(isKey(tenant, id));
      const key = newApiKey();
      const { name, scopes } = old;
      const expiresAt = inSeconds(wanted.expires_in_seconds) ?? old.expiresAt;
      const row = this.rowOf(key, { tenant, name, scopes, expiresAt });
      const [stored] = await transaction.insert(apiKeys).values(row).returning();
      return newApiKeyDto(key, stored as Row);
    });
  }

  private rowOf({ id, secret }: ApiKey, rest: Pick<Row, 'tenant' | 'name' | 'scopes' | 'expiresAt'>) {
    return { id, hash: hashSecret(this.settings.peppers, secret), ...rest };
  }

  private async mustKnow(tenant: string): Promise<void> {
    const [row] = await this.orm.select({ id: tenants.id }).from(tenants).where(eq(tenants.id, tenant));
    if (!row) throw unknownTenant(tenant);
  }

  private get orm() {
    return ormOf(this.database);
  }
}

function isKey(tenant: string, id: string) {
  return and(eq(apiKeys.tenant, tenant), eq(apiKeys.id, id));
}

function isAfter(cursor: string) {
  const [createdMs, id] = keyOfCursor(cursor, PLACE).split(' ');
  const createdAt = sql`to_timestamp(${Number(createdMs)}::double precision / 1000)`;
  return sql`(${apiKeys.createdAt}, ${apiKeys.id} COLLATE "C") < (${createdAt}, ${id} COLLATE "C")`;
}

function inSeconds(seconds: number | undefined): Date | null {
  return seconds === undefined ? null : new Date(Date.now() + seconds * 1000);
}

function newApiKeyDto(key: ApiKey, row: Row): NewApiKeyDto {
  return { ...apiKeyDto(row), key: formatApiKey(key) };
}

function apiKeyDto(row: Row): ApiKeyDto {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt?.toISOString() ?? null,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
  };
}
