import { randomUUID } from 'node:crypto';
import { Injectable, Optional } from '@nestjs/common';
import { and, eq, isNull, lte, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { Database } from '#database/database.js';
import { Sealing } from '#database/sealing.js';
import { signingSecrets, tenants } from '#database/schema.js';
import { inUse, openKey, sealKey } from '#database/signing-keys.js';
import type { SigningSecretRow } from '#database/signing-keys.js';
import { InvalidSigningSecret, SigningSecret } from '#signing/signing-secret.js';
import type { SigningKind } from '#signing/signing-secret.js';
import { keyOfCursor, pageOf } from '../http/page.dto.js';
import type { PageQuery } from '../http/page.dto.js';
import { invalid, ProblemException } from '../http/problem.exception.js';
import { readHost } from './host.js';
import type {
  CreateSigningSecretDto,
  NewSigningSecretDto,
  RotateSigningSecretDto,
  SigningSecretDto,
  SigningSecretPageDto,
} from './signing-secrets.dto.js';

/** Of one tenant, those that retire included: workers keep them all in memory. */
const MAX_SECRETS = 1_000;
/** Of one tenant, host and kind: each is a signature in the header of every delivery. */
const MAX_OVERLAPPING = 5;
/** Where a page ends: time of creation in ms, and id. */
const PLACE = /^\d{1,15} [0-9a-f-]{36}$/;

interface Scope {
  tenant: string;
  host: string | null;
  kind: SigningKind;
}

/** Those of webhook endpoints are seen and changed with these. */
const ofNoEndpoint = isNull(signingSecrets.endpoint);

type Transaction = Parameters<Parameters<Database['orm']['transaction']>[0]>[0];

@Injectable()
export class SigningSecretsService {
  constructor(
    @Optional() private readonly database?: Database,
    @Optional() private readonly sealing?: Sealing,
  ) {}

  async list(tenant: string, { limit, cursor }: PageQuery): Promise<SigningSecretPageDto> {
    const { orm } = this.stored;
    const rows = await orm
      .select()
      .from(signingSecrets)
      .where(
        and(
          eq(signingSecrets.tenant, tenant),
          ofNoEndpoint,
          inUse,
          cursor === undefined ? undefined : isAfter(cursor),
        ),
      )
      .orderBy(sql`${signingSecrets.createdAt} DESC, ${signingSecrets.id} DESC`)
      .limit(limit + 1);
    const placeOf = ({ createdAt, id }: SigningSecretRow) => `${createdAt.getTime()} ${id}`;
    return pageOf(rows, limit, placeOf, (row) => this.dtoOf(row));
  }

  /** The first secret of a tenant or host: from then on its deliveries are signed. */
  async create(tenant: string, wanted: CreateSigningSecretDto): Promise<NewSigningSecretDto> {
    const secret = readSecret(wanted);
    const scope = { tenant, host: readHost(wanted.host), kind: secret.kind };
    return this.stored.orm.transaction(async (transaction) => {
      const { current } = await this.lock(transaction, scope);
      if (current) {
        throw conflict(
          `There is a ${scope.kind} secret for ${hostText(scope)} already: rotate or delete it.`,
        );
      }
      return this.insert(transaction, scope, secret);
    });
  }

  /** A new secret in the place of the one in use, which goes on signing for a while. */
  async rotate(tenant: string, wanted: RotateSigningSecretDto): Promise<NewSigningSecretDto> {
    const { kind = 'v1', overlap_seconds } = wanted;
    const scope = { tenant, host: readHost(wanted.host), kind };
    return this.stored.orm.transaction(async (transaction) => {
      const { current, overlapping } = await this.lock(transaction, scope);
      if (!current) {
        throw new ProblemException(404, 'not-found', `There is no ${kind} secret for ${hostText(scope)}.`);
      }
      if (overlapping >= MAX_OVERLAPPING) {
        throw conflict(`${overlapping} secrets sign at the same time already: delete one, or wait.`);
      }
      await transaction
        .update(signingSecrets)
        .set({ retiresAt: sql`now() + make_interval(secs => ${overlap_seconds})` })
        .where(eq(signingSecrets.id, current.id));
      return this.insert(transaction, scope, SigningSecret.generate(kind));
    });
  }

  /** Nothing is signed with it any more. */
  async remove(tenant: string, id: string): Promise<void> {
    const isIt = and(eq(signingSecrets.tenant, tenant), ofNoEndpoint, eq(signingSecrets.id, id));
    const [row] = await this.stored.orm
      .delete(signingSecrets)
      .where(isIt)
      .returning({ id: signingSecrets.id });
    if (!row) throw new ProblemException(404, 'not-found', `There is no signing secret ${id}.`);
  }

  // One change of a tenant's secrets at a time, so that two at once neither meet nor lose each other's secret.
  private async lock(transaction: Transaction, { tenant, host, kind }: Scope) {
    await transaction
      .select({ id: tenants.id })
      .from(tenants)
      .where(eq(tenants.id, tenant))
      .for('no key update');
    const ofTenant = eq(signingSecrets.tenant, tenant);
    await transaction.delete(signingSecrets).where(and(ofTenant, lte(signingSecrets.retiresAt, sql`now()`)));
    if ((await transaction.$count(signingSecrets, ofTenant)) >= MAX_SECRETS)
      throw conflict(`There are ${MAX_SECRETS} signing secrets already: delete one.`);
    const rows = await transaction
      .select()
      .from(signingSecrets)
      .where(and(ofTenant, ofNoEndpoint, isOrNull(signingSecrets.host, host), eq(signingSecrets.kind, kind)));
    return { current: rows.find(({ retiresAt }) => retiresAt === null), overlapping: rows.length };
  }

  private async insert(
    transaction: Transaction,
    scope: Scope,
    secret: SigningSecret,
  ): Promise<NewSigningSecretDto> {
    const id = randomUUID();
    const sealedKey = sealKey(this.stored.sealing, { id, tenant: scope.tenant }, secret.bytes);
    // By the clock and not by the beginning of the transaction, which may have waited for another one.
    const createdAt = sql`clock_timestamp()`;
    const [row] = await transaction
      .insert(signingSecrets)
      .values({ id, ...scope, sealedKey, createdAt })
      .returning();
    return { ...this.dtoOf(row as SigningSecretRow), secret: secret.text };
  }

  private dtoOf(row: SigningSecretRow): SigningSecretDto {
    const secret = SigningSecret.fromBytes(row.kind, openKey(this.stored.sealing, row));
    return {
      id: row.id,
      host: row.host,
      kind: row.kind,
      public_key: secret.publicKey,
      created_at: row.createdAt.toISOString(),
      retires_at: row.retiresAt?.toISOString() ?? null,
    };
  }

  private get stored() {
    if (!this.database || !this.sealing) {
      throw new ProblemException(
        404,
        'not-found',
        'There are no signing secrets here: DATABASE_URL is not set.',
      );
    }
    return { orm: this.database.orm, sealing: this.sealing };
  }
}

function readSecret({ secret, kind }: CreateSigningSecretDto): SigningSecret {
  if (secret === undefined) return SigningSecret.generate(kind ?? 'v1');
  try {
    const parsed = SigningSecret.parse(secret);
    if (kind === undefined || kind === parsed.kind) return parsed;
  } catch (error) {
    if (!(error instanceof InvalidSigningSecret)) throw error;
    throw invalid([{ field: 'secret', message: error.message }]);
  }
  throw invalid([{ field: 'kind', message: `must be that of the secret, got ${kind}` }]);
}

function conflict(detail: string): ProblemException {
  return new ProblemException(409, 'conflict', detail);
}

function hostText({ host }: Scope): string {
  return host ?? 'all hosts';
}

function isOrNull(column: PgColumn, value: string | null) {
  return value === null ? isNull(column) : eq(column, value);
}

function isAfter(cursor: string) {
  const [createdMs, id] = keyOfCursor(cursor, PLACE).split(' ');
  const createdAt = sql`to_timestamp(${Number(createdMs)}::double precision / 1000)`;
  return sql`(${signingSecrets.createdAt}, ${signingSecrets.id}) < (${createdAt}, ${id}::uuid)`;
}
