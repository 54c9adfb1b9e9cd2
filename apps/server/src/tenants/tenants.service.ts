import { Injectable, Optional } from '@nestjs/common';
import { asc, eq, gt, sql } from 'drizzle-orm';
import { Database } from '#database/database.js';
import { tenants } from '#database/schema.js';
import { keyOfCursor, pageOf } from '../http/page.dto.js';
import type { PageQuery } from '../http/page.dto.js';
import { ProblemException } from '../http/problem.exception.js';
import { unknownTenant } from './id.pipes.js';
import { ormOf } from './orm.js';
import { TENANT_ID } from '#contracts/tenant.js';
import type { ChangeTenantDto, CreateTenantDto, TenantDto, TenantPageDto } from './tenants.dto.js';

type Row = typeof tenants.$inferSelect;

@Injectable()
export class TenantsService {
  constructor(@Optional() private readonly database?: Database) {}

  async create({ id, ...wanted }: CreateTenantDto): Promise<TenantDto> {
    const values = { id, name: wanted.name, ...quotaColumns(wanted) };
    const [row] = await this.orm.insert(tenants).values(values).onConflictDoNothing().returning();
    if (!row) throw new ProblemException(409, 'conflict', `There is a tenant ${id} already.`);
    return tenantDto(row);
  }

  async list({ limit, cursor }: PageQuery): Promise<TenantPageDto> {
    const after = cursor === undefined ? '' : keyOfCursor(cursor, TENANT_ID);
    const inOrder = sql`${tenants.id} COLLATE "C"`;
    const rows = await this.orm
      .select()
      .from(tenants)
      .where(gt(inOrder, after))
      .orderBy(asc(inOrder))
      .limit(limit + 1);
    return pageOf(rows, limit, ({ id }) => id, tenantDto);
  }

  async get(id: string): Promise<TenantDto> {
    const [row] = await this.orm.select().from(tenants).where(eq(tenants.id, id));
    if (!row) throw unknownTenant(id);
    return tenantDto(row);
  }

  async change(id: string, { disabled, ...wanted }: ChangeTenantDto): Promise<TenantDto> {
    const disabledAt = disabled ? sql`coalesce(${tenants.disabledAt}, now())` : null;
    const set = {
      ...(wanted.name !== undefined && { name: wanted.name }),
      ...quotaColumns(wanted),
      ...(disabled !== undefined && { disabledAt }),
    };
    if (Object.keys(set).length === 0) return this.get(id);
    const [row] = await this.orm.update(tenants).set(set).where(eq(tenants.id, id)).returning();
    if (!row) throw unknownTenant(id);
    return tenantDto(row);
  }

  private get orm() {
    return ormOf(this.database);
  }
}

type Quotas = Pick<
  ChangeTenantDto,
  'max_pending_timers' | 'creates_per_second' | 'max_payload_bytes' | 'message_credit'
>;

function quotaColumns(wanted: Quotas) {
  return {
    ...(wanted.max_pending_timers !== undefined && { maxPendingTimers: wanted.max_pending_timers }),
    ...(wanted.creates_per_second !== undefined && { createsPerSecond: wanted.creates_per_second }),
    ...(wanted.max_payload_bytes !== undefined && { maxPayloadBytes: wanted.max_payload_bytes }),
    ...(wanted.message_credit !== undefined && { messageCredit: wanted.message_credit }),
  };
}

function tenantDto(row: Row): TenantDto {
  return {
    id: row.id,
    name: row.name,
    created_at: row.createdAt.toISOString(),
    disabled_at: row.disabledAt?.toISOString() ?? null,
    max_pending_timers: row.maxPendingTimers,
    creates_per_second: row.createsPerSecond,
    max_payload_bytes: row.maxPayloadBytes,
    message_credit: row.messageCredit,
  };
}
