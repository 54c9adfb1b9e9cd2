import { createHash } from 'node:crypto';
import { and, asc, desc, eq, gt, isNotNull, lt, lte, or, sql } from 'drizzle-orm';
import type { Database } from './database.js';
import { templates } from './schema.js';

/** One version of a template. At least one of text and html is not null. */
export type StoredTemplate = typeof templates.$inferSelect;
export type TemplateParts = Pick<StoredTemplate, 'subject' | 'text' | 'html'>;

/** A request that says the same however often it comes. */
export interface TemplateRequest {
  key: string;
  /** Digest of what it asks for. */
  fingerprint: string;
  /** The key stands for a request that came after this, and no other. */
  since: Date;
}

/** What came of creating one: there is one of this name, or the key stood for another request. */
export type CreatedTemplate = { template: StoredTemplate; replayed: boolean } | 'exists' | 'key-reused';

type Transaction = Parameters<Parameters<Database['orm']['transaction']>[0]>[0];

/** A version without parts is all that is left of a template that was deleted: no later one gets its number. */
const isThere = or(isNotNull(templates.text), isNotNull(templates.html));

/** What messages are made from. What was once stored under name and version is never anything else. */
export class Templates {
  constructor(private readonly database: Database) {}

  /** The newest version, if none is named. */
  async find(tenant: string, name: string, version?: number): Promise<StoredTemplate | undefined> {
    const wanted = version === undefined ? undefined : eq(templates.version, version);
    const [found] = await this.database.orm
      .select()
      .from(templates)
      .where(and(ofName(tenant, name), wanted, isThere))
      .orderBy(desc(templates.version))
      .limit(1);
    return found;
  }

  /** The newest version of each, by name, after this name. */
  async list(
    tenant: string,
    { after = '', limit }: { after?: string; limit: number },
  ): Promise<StoredTemplate[]> {
    return this.database.orm
      .selectDistinctOn([templates.name])
      .from(templates)
      .where(and(eq(templates.tenant, tenant), gt(templates.name, after), isThere))
      .orderBy(asc(templates.name), desc(templates.version))
      .limit(limit);
  }

  /** The newest first, before this version. */
  async versions(
    tenant: string,
    name: string,
    { before, limit }: { before?: number; limit: number },
  ): Promise<StoredTemplate[]> {
    return this.database.orm
      .select()
      .from(templates)
      .where(
        and(ofName(tenant, name), isThere, before === undefined ? undefined : lt(templates.version, before)),
      )
      .orderBy(desc(templates.version))
      .limit(limit);
  }

  /** With a request, once however often the same one comes. */
  async create(
    tenant: string,
    name: string,
    parts: TemplateParts,
    request?: TemplateRequest,
  ): Promise<CreatedTemplate> {
    return this.database.orm.transaction(async (transaction) => {
      const earlier = request && (await lockRequest(transaction, tenant, request));
      if (earlier) {
        const isSameRequest = earlier.requestFingerprint === request.fingerprint;
        return isSameRequest ? { template: earlier, replayed: true } : 'key-reused';
      }
      const newest = await lockNewest(transaction, tenant, name);
      if (newest && !isDeleted(newest)) return 'exists';
      const template = await insert(transaction, {
        ...{ tenant, name, version: (newest?.version ?? 0) + 1, ...parts },
        ...(request && { requestDigest: digestOf(request), requestFingerprint: request.fingerprint }),
      });
      return { template, replayed: false };
    });
  }

  /** A new version; undefined if there is no such template. One that is no different from the newest is the newest. */
  async replace(tenant: string, name: string, parts: TemplateParts): Promise<StoredTemplate | undefined> {
    return this.database.orm.transaction(async (transaction) => {
      const newest = await lockNewest(transaction, tenant, name);
      if (!newest || isDeleted(newest)) return undefined;
      if (isSame(newest, parts)) return newest;
      return insert(transaction, { tenant, name, version: newest.version + 1, ...parts });
    });
  }

  /** With all its versions. False if there is none. */
  async remove(tenant: string, name: string): Promise<boolean> {
    return this.database.orm.transaction(async (transaction) => {
      const newest = await lockNewest(transaction, tenant, name);
      if (!newest || isDeleted(newest)) return false;
      const { version } = newest;
      await transaction.delete(templates).where(and(ofName(tenant, name), lt(templates.version, version)));
      await transaction
        .update(templates)
        .set({ subject: null, text: null, html: null })
        .where(and(ofName(tenant, name), lte(templates.version, version)));
      return true;
    });
  }
}

function ofName(tenant: string, name: string) {
  return and(eq(templates.tenant, tenant), eq(templates.name, name));
}

// One change of a template at a time. There may be no row yet to lock.
async function lockNewest(
  transaction: Transaction,
  tenant: string,
  name: string,
): Promise<StoredTemplate | undefined> {
  await lock(transaction, ['template', tenant, name]);
  const [newest] = await transaction
    .select()
    .from(templates)
    .where(ofName(tenant, name))
    .orderBy(desc(templates.version))
    .limit(1);
  return newest;
}

/** What the same key has created before. */
async function lockRequest(
  transaction: Transaction,
  tenant: string,
  request: TemplateRequest,
): Promise<StoredTemplate | undefined> {
  const digest = digestOf(request);
  await lock(transaction, ['template request', tenant, digest.toString('hex')]);
  const isIt = and(eq(templates.tenant, tenant), eq(templates.requestDigest, digest), isThere);
  const [found] = await transaction
    .select()
    .from(templates)
    .where(and(isIt, gt(templates.createdAt, request.since)))
    .limit(1);
  return found;
}

async function lock(transaction: Transaction, what: string[]): Promise<void> {
  const key = JSON.stringify(what);
  await transaction.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
}

function digestOf({ key }: TemplateRequest): Buffer {
  return createHash('sha256').update(key).digest();
}

async function insert(transaction: Transaction, row: typeof templates.$inferInsert): Promise<StoredTemplate> {
  const [inserted] = await transaction.insert(templates).values(row).returning();
  return inserted as StoredTemplate;
}

function isDeleted({ text, html }: TemplateParts): boolean {
  return text === null && html === null;
}

function isSame(one: TemplateParts, other: TemplateParts): boolean {
  return one.subject === other.subject && one.text === other.text && one.html === other.html;
}
