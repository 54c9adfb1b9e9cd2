import {
  bigint,
  bigserial,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';

const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
/** As exact as a Date, so that what was read can be compared with what is stored. */
const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/** Who owns timers. `default` is always there: it owns everything while API keys are off. */
export const tenants = pgTable('tenants', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  disabledAt: instant('disabled_at'),
  /** Quotas: null takes the server's default, 0 is no limit. */
  maxPendingTimers: integer('max_pending_timers'),
  createsPerSecond: integer('creates_per_second'),
  maxPayloadBytes: integer('max_payload_bytes'),
});

/** Keys to the API. The secret itself is nowhere; `hash` is its HMAC. */
export const apiKeys = pgTable(
  'api_keys',
  {
    /** The part of the key that is no secret. */
    id: text('id').primaryKey(),
    tenant: text('tenant')
      .notNull()
      .references(() => tenants.id),
    name: text('name').notNull(),
    hash: bytes('hash').notNull(),
    scopes: text('scopes').array().notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at'),
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
  },
  (table) => [index('api_keys_by_tenant').on(table.tenant, table.createdAt, table.id)],
);

/** Keys that deliveries are signed with, sealed (see `Sealing`). */
export const signingSecrets = pgTable(
  'signing_secrets',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenant: text('tenant')
      .notNull()
      .references(() => tenants.id),
    /** The destination that it is for; null for every one that has none of its own. */
    host: text('host'),
    kind: text('kind', { enum: ['v1', 'v1a'] }).notNull(),
    sealedKey: bytes('sealed_key').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** From then on nothing is signed with it; null for the one in use. */
    retiresAt: instant('retires_at'),
  },
  (table) => [index('signing_secrets_by_tenant').on(table.tenant, table.host)],
);

/** Where the next place of a flow with a rate is: one row for each key of a tenant that was used lately. */
export const flows = pgTable(
  'flows',
  {
    tenant: text('tenant').notNull(),
    /** SHA-256: a key is the client's, and nobody has to read it here. */
    keyDigest: bytes('key_digest').notNull(),
    /** Ms since the epoch, by the clock of the database. */
    nextMs: doublePrecision('next_ms').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.keyDigest] })],
);

/** What a tenant wants for everything that goes to a destination. */
export const destinationFlows = pgTable(
  'destination_flows',
  {
    tenant: text('tenant').notNull(),
    host: text('host').notNull(),
    rate: integer('rate'),
    periodMs: integer('period_ms'),
    parallelism: integer('parallelism'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.host] })],
);

/** Job types as workers have published them, for those who do not have their code. */
export const jobTypes = pgTable('job_types', {
  name: text('name').primaryKey(),
  record: jsonb('record').notNull(),
  publishedAt: instant('published_at').notNull().defaultNow(),
});

/** Whom a tenant wants told when something is wrong with one of its jobs. */
export const jobAlerts = pgTable('job_alerts', {
  tenant: text('tenant').primaryKey(),
  webhooks: text('webhooks').array().notNull(),
  emails: text('emails').array().notNull(),
});

/** What many jobs have counted together. Its lists are in `result_items`. */
export const results = pgTable(
  'results',
  {
    tenant: text('tenant').notNull(),
    name: text('name').notNull(),
    counters: jsonb('counters').$type<Record<string, number>>().notNull(),
    contributions: bigint('contributions', { mode: 'number' }).notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.name] })],
);

/** Which contributions a result has in it already. */
export const resultContributions = pgTable(
  'result_contributions',
  {
    tenant: text('tenant').notNull(),
    name: text('name').notNull(),
    contribution: text('contribution').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.name, table.contribution] })],
);

export const resultItems = pgTable(
  'result_items',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    tenant: text('tenant').notNull(),
    name: text('name').notNull(),
    list: text('list').notNull(),
    item: jsonb('item').notNull(),
  },
  (table) => [index('result_items_by_list').on(table.tenant, table.name, table.list, table.id)],
);
