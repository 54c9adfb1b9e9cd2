import { randomUUID } from 'node:crypto';
import { Injectable, Optional } from '@nestjs/common';
import { and, asc, eq, lte, sql } from 'drizzle-orm';
import { Database } from '#database/database.js';
import { Sealing } from '#database/sealing.js';
import { signingSecrets, tenants, webhookEndpoints } from '#database/schema.js';
import { openKey, sealKey } from '#database/signing-keys.js';
import type { WebhookEndpointRow } from '#database/webhook-endpoints.js';
import { webhookUrlProblem } from '#contracts/webhook-url.js';
import { SigningSecret } from '#signing/signing-secret.js';
import { DestinationCheck } from '../destinations/destination-check.js';
import { fingerprintOf } from '../http/idempotency-key.js';
import { keyOfCursor, pageOf } from '../http/page.dto.js';
import type { PageQuery } from '../http/page.dto.js';
import { invalid, ProblemException } from '../http/problem.exception.js';
import { earlierEndpoint, requestColumns } from './endpoint-request.js';
import type {
  ChangeWebhookEndpointDto,
  CreateWebhookEndpointDto,
  NewWebhookEndpointDto,
  RotateEndpointSecretDto,
  WebhookEndpointDto,
  WebhookEndpointPageDto,
} from './webhook-endpoints.dto.js';

/** Of one tenant: each event is a delivery to every one of them. */
const MAX_ENDPOINTS = 50;
/** Of one endpoint: each is a signature in the header of every delivery. */
const MAX_OVERLAPPING = 5;
/** Where a page ends: time of creation in ms, and id. */
const PLACE = /^\d{1,15} [0-9a-f-]{36}$/;

type Transaction = Parameters<Parameters<Database['orm']['transaction']>[0]>[0];

export interface CreatedEndpoint {
  endpoint: NewWebhookEndpointDto;
  /** It had been created before, by the same request with the same key. */
  replayed: boolean;
}

@Injectable()
export class WebhookEndpointsService {
  constructor(
    private readonly destinations: DestinationCheck,
    @Optional() private readonly database?: Database,
    @Optional() private readonly sealing?: Sealing,
  ) {}

  async list(tenant: string, { limit, cursor }: PageQuery): Promise<WebhookEndpointPageDto> {
    const rows = await this.stored.orm
      .select()
      .from(webhookEndpoints)
      .where(and(eq(webhookEndpoints.tenant, tenant), cursor === undefined ? undefined : isAfter(cursor)))
      .orderBy(sql`${webhookEndpoints.createdAt} DESC, ${webhookEndpoints.id} DESC`)
      .limit(limit + 1);
    return pageOf(rows, limit, ({ createdAt, id }) => `${createdAt.getTime()} ${id}`, dtoOf);
  }

  async get(tenant: string, id: string): Promise<WebhookEndpointDto> {
    const [row] = await this.stored.orm.select().from(webhookEndpoints).where(isIt(tenant, id));
    if (!row) throw unknown(id);
    return dtoOf(row);
  }

  /** With a secret of its own, which nobody is shown again. With a key once, however often the same is asked for. */
  async create(tenant: string, wanted: CreateWebhookEndpointDto, key?: string): Promise<CreatedEndpoint> {
    const { orm } = this.stored;
    const request = key === undefined ? undefined : { key, fingerprint: fingerprintOf(wanted) };
    const before = request && (await earlierEndpoint(orm, tenant, request));
    if (before) return this.replay(orm, before);
    const { url, events = [], description = null, enabled = true } = wanted;
    await this.check(url);
    return orm.transaction(async (transaction) => {
      // One at a time, or two at once would be one too many.
      const ofTenant = eq(tenants.id, tenant);
      await transaction.select({ id: tenants.id }).from(tenants).where(ofTenant).for('no key update');
      const earlier = request && (await earlierEndpoint(transaction, tenant, request));
      if (earlier) return this.replay(transaction, earlier);
      const count = await transaction.$count(webhookEndpoints, eq(webhookEndpoints.tenant, tenant));
      if (count >= MAX_ENDPOINTS)
        throw conflict(`There are ${MAX_ENDPOINTS} webhook endpoints already: delete one.`);
      const id = randomUUID();
      const createdAt = sql`clock_timestamp()`;
      const [row] = await transaction
        .insert(webhookEndpoints)
        .values({
          ...{ id, tenant, url, events, description, enabled, createdAt },
          ...(request && requestColumns(request)),
        })
        .returning();
      const secret = await this.addSecret(transaction, tenant, id);
      return { endpoint: { ...dtoOf(row as WebhookEndpointRow), secret }, replayed: false };
    });
  }

  async change(tenant: string, id: string, wanted: ChangeWebhookEndpointDto): Promise<WebhookEndpointDto> {
    const { orm } = this.stored;
    // A request without a body asks for nothing as well.
    if (Object.values(wanted ?? {}).every((value) => value === undefined))
      throw invalid([{ field: 'body', message: 'must name what is to be changed' }]);
    if (wanted.url !== undefined) await this.check(wanted.url);
    const [row] = await orm
      .update(webhookEndpoints)
      .set({ ...wanted })
      .where(isIt(tenant, id))
      .returning();
    if (!row) throw unknown(id);
    return dtoOf(row);
  }

  /** Nothing is delivered to it any more. */
  async remove(tenant: string, id: string): Promise<void> {
    const { orm } = this.stored;
    const removed = await orm.delete(webhookEndpoints).where(isIt(tenant, id)).returning();
    if (removed.length === 0) throw unknown(id);
  }

  /** A new secret in the place of the one in use, which goes on signing for a while. */
  async rotateSecret(
    tenant: string,
    id: string,
    { overlap_seconds }: RotateEndpointSecretDto,
  ): Promise<NewWebhookEndpointDto> {
    return this.stored.orm.transaction(async (transaction) => {
      const [row] = await transaction
        .select()
        .from(webhookEndpoints)
        .where(isIt(tenant, id))
        .for('no key update');
      if (!row) throw unknown(id);
      const ofEndpoint = eq(signingSecrets.endpoint, id);
      await transaction
        .delete(signingSecrets)
        .where(and(ofEndpoint, lte(signingSecrets.retiresAt, sql`now()`)));
      const overlapping = await transaction.$count(signingSecrets, ofEndpoint);
      if (overlapping >= MAX_OVERLAPPING)
        throw conflict(`${overlapping} secrets sign at the same time already: wait until one has retired.`);
      await transaction
        .update(signingSecrets)
        .set({ retiresAt: sql`now() + make_interval(secs => ${overlap_seconds})` })
        .where(and(ofEndpoint, sql`${signingSecrets.retiresAt} IS NULL`));
      return { ...dtoOf(row), secret: await this.addSecret(transaction, tenant, id) };
    });
  }

  /** As it is now, with the oldest of its secrets: the one that the first answer had, as long as it signs. */
  private async replay(
    orm: Pick<Database['orm'], 'select'>,
    row: WebhookEndpointRow,
  ): Promise<CreatedEndpoint> {
    const [stored] = await orm
      .select()
      .from(signingSecrets)
      .where(eq(signingSecrets.endpoint, row.id))
      .orderBy(asc(signingSecrets.createdAt))
      .limit(1);
    if (!stored) throw new Error('a webhook endpoint was removed while it was read');
    const secret = SigningSecret.fromBytes(stored.kind, openKey(this.stored.sealing, stored));
    return { endpoint: { ...dtoOf(row), secret: secret.text }, replayed: true };
  }

  private async addSecret(transaction: Transaction, tenant: string, endpoint: string): Promise<string> {
    const id = randomUUID();
    const secret = SigningSecret.generate('v1');
    const sealedKey = sealKey(this.stored.sealing, { id, tenant }, secret.bytes);
    const createdAt = sql`clock_timestamp()`;
    await transaction
      .insert(signingSecrets)
      .values({ ...{ id, tenant, endpoint, sealedKey, createdAt }, kind: 'v1' });
    return secret.text;
  }

  private async check(url: string): Promise<void> {
    const message = webhookUrlProblem(url);
    if (message) throw invalid([{ field: 'url', message }]);
    await this.destinations.check(url);
  }

  private get stored() {
    if (!this.database || !this.sealing) {
      const detail = 'Webhook endpoints need the database, and there is none here: DATABASE_URL is not set.';
      throw new ProblemException(422, 'webhook-endpoints-need-database', detail);
    }
    return { orm: this.database.orm, sealing: this.sealing };
  }
}

function dtoOf({ id, url, events, description, enabled, createdAt }: WebhookEndpointRow): WebhookEndpointDto {
  return { ...{ id, url, events, description, enabled }, created_at: createdAt.toISOString() };
}

function isIt(tenant: string, id: string) {
  return and(eq(webhookEndpoints.tenant, tenant), eq(webhookEndpoints.id, id));
}

function isAfter(cursor: string) {
  const [createdMs, id] = keyOfCursor(cursor, PLACE).split(' ');
  const createdAt = sql`to_timestamp(${Number(createdMs)}::double precision / 1000)`;
  return sql`(${webhookEndpoints.createdAt}, ${webhookEndpoints.id}) < (${createdAt}, ${id}::uuid)`;
}

function unknown(id: string): ProblemException {
  return new ProblemException(404, 'not-found', `There is no webhook endpoint ${id}.`);
}

function conflict(detail: string): ProblemException {
  return new ProblemException(409, 'conflict', detail);
}
