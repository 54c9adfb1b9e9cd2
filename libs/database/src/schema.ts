import {
  bigint,
  bigserial,
  boolean,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';
import { sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { ACTIVITY_EVENTS } from './blast-activity.js';

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
  /** Messages of blasts that it may still send; null is any number. */
  messageCredit: bigint('message_credit', { mode: 'number' }),
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
    /** The webhook endpoint that it is for, and then for nothing else. */
    endpoint: uuid('endpoint').references((): AnyPgColumn => webhookEndpoints.id, { onDelete: 'cascade' }),
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

/** What messages are made from. A version never changes, so that what was to be sent stays what it was. */
export const templates = pgTable(
  'templates',
  {
    tenant: text('tenant').notNull(),
    name: text('name').notNull(),
    version: integer('version').notNull(),
    subject: text('subject'),
    text: text('text'),
    html: text('html'),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** SHA-256 of the `Idempotency-Key` that it was created with, and what the request was. */
    requestDigest: bytes('request_digest'),
    requestFingerprint: text('request_fingerprint'),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.name, table.version] }),
    index('templates_by_request').on(table.tenant, table.requestDigest),
  ],
);

/** Addresses that a tenant sends nothing to. */
export const suppressions = pgTable(
  'suppressions',
  {
    tenant: text('tenant').notNull(),
    /** Normalized. */
    address: text('address').notNull(),
    reason: text('reason', { enum: ['bounced', 'opted-out', 'complained', 'manual'] }).notNull(),
    detail: text('detail'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.address] })],
);

/** Where a tenant wants to be told what happens. */
export const webhookEndpoints = pgTable(
  'webhook_endpoints',
  {
    id: uuid('id').primaryKey(),
    tenant: text('tenant')
      .notNull()
      .references(() => tenants.id),
    url: text('url').notNull(),
    /** Types of events; none: all of them. */
    events: text('events').array().notNull(),
    description: text('description'),
    enabled: boolean('enabled').notNull().default(true),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** SHA-256 of the `Idempotency-Key` that it was created with, and what the request was. */
    requestDigest: bytes('request_digest'),
    requestFingerprint: text('request_fingerprint'),
  },
  (table) => [index('webhook_endpoints_by_tenant').on(table.tenant, table.createdAt, table.id)],
);

/** One message to many recipients. */
export const blasts = pgTable(
  'blasts',
  {
    id: uuid('id').primaryKey(),
    tenant: text('tenant').notNull(),
    name: text('name').notNull(),
    channel: text('channel', { enum: ['email', 'webhook'] }).notNull(),
    /** `BlastContent` (see `sealContent`), `BlastTimes` and `BlastRetry` of the contracts. */
    content: jsonb('content').notNull(),
    times: jsonb('times').notNull(),
    retry: jsonb('retry').notNull(),
    /** Messages begun per second; null is any number. */
    rate: doublePrecision('rate'),
    parallelism: integer('parallelism').notNull(),
    maxFailureRate: doublePrecision('max_failure_rate'),
    onUncertain: text('on_uncertain', { enum: ['hold', 'resend'] }).notNull(),
    killAt: instant('kill_at'),
    /** Pages of recipients, and where the next is: null when all were read. */
    source: jsonb('source').$type<{ url: string; next: string | null; pages: number }>(),
    status: text('status').notNull(),
    /** Why it is paused, and more of it in words. */
    reason: text('reason'),
    detail: text('detail'),
    /** Counts the times that it was started. */
    run: integer('run').notNull().default(0),
    /** What has failed is to be tried again when the list is made next. */
    retrying: boolean('retrying').notNull().default(false),
    /** When the list of its run was made. */
    listedAt: instant('listed_at'),
    /** Messages that were sent, may have been, or are still to be, as far as credit is held for them: see `BlastCredit`. */
    credit: bigint('credit', { mode: 'number' }).notNull().default(0),
    /** Of these, for how many nothing was taken from the tenant, who had no limit when they were counted. */
    uncharged: bigint('uncharged', { mode: 'number' }).notNull().default(0),
    /** Whether the tenant was charged for those that were counted last. */
    lastCharged: boolean('last_charged').notNull().default(true),
    /** Counts what was done to it: of failures before that, nobody judges any more. */
    changes: integer('changes').notNull().default(0),
    /** What a repetition of a request with an `Idempotency-Key` is recognized by. */
    request: jsonb('request').$type<{ fingerprint: string }>(),
    createdAt: instant('created_at').notNull().defaultNow(),
    startedAt: instant('started_at'),
    endedAt: instant('ended_at'),
  },
  (table) => [index('blasts_by_tenant').on(table.tenant, table.createdAt, table.id)],
);

/**
 * What recipients are found by. Not by the address itself: a url may be too long for an index, and each recipient goes into
 * it three times before it is sent.
 */
export function addressHash(address: AnyPgColumn | string) {
  return sql`hashtext(lower(${address}))`;
}

export const blastRecipients = pgTable(
  'blast_recipients',
  {
    blast: uuid('blast').notNull(),
    /** The number by which a recipient is known. */
    seq: bigserial('seq', { mode: 'number' }).notNull(),
    /** An e-mail address, or a url; null where the url is that of the blast. */
    address: text('address'),
    /** Of all with the same only the first gets the message; null is the same as no other. */
    dedupeKey: text('dedupe_key'),
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
    timezone: text('timezone'),
    status: text('status').notNull().default('pending'),
    sendAt: instant('send_at').notNull(),
    /** Of whoever sends it, or was the last to. */
    claim: uuid('claim'),
    attempts: smallint('attempts').notNull().default(0),
    /** Reply code of the mail server, or status of the answer. */
    code: integer('code'),
    reason: text('reason'),
    /** Why an attempt before this one may have been taken, though nobody knows; null if none may have been. */
    doubt: text('doubt'),
    endedAt: instant('ended_at'),
  },
  (table) => [
    primaryKey({ columns: [table.blast, table.seq] }),
    index('blast_recipients_by_status').on(table.blast, table.status, table.sendAt, table.seq),
    index('blast_recipients_by_address').on(table.blast, addressHash(table.address)),
  ],
);

/** What was done about recipients beside what their rows tell: those forget it. */
export const blastActivity = pgTable(
  'blast_activity',
  {
    blast: uuid('blast').notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    id: bigserial('id', { mode: 'number' }).notNull(),
    /** Of what ended a recipient the `ended_at` of its row. */
    at: instant('at').notNull().defaultNow(),
    event: text('event', { enum: ACTIVITY_EVENTS }).notNull(),
    /** Which attempt it was, since `max_attempts` were there last; null if it was none. */
    attempt: smallint('attempt'),
    code: integer('code'),
    reason: text('reason'),
  },
  (table) => [primaryKey({ columns: [table.blast, table.seq, table.id] })],
);

/** Uploads of recipients that were made with an `Idempotency-Key`. */
export const blastUploads = pgTable(
  'blast_uploads',
  {
    blast: uuid('blast').notNull(),
    key: text('key').notNull(),
    accepted: bigint('accepted', { mode: 'number' }).notNull(),
    /** SHA-256; null of uploads from before it was kept. */
    bodyDigest: bytes('body_digest'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.blast, table.key] })],
);

/** Who sends for which part of a blast, and how fast: whoever came before may claim nothing any more. */
export const blastLanes = pgTable(
  'blast_lanes',
  {
    blast: uuid('blast').notNull(),
    lane: integer('lane').notNull(),
    batch: bigint('batch', { mode: 'number' }).notNull(),
    attempt: integer('attempt').notNull(),
    claim: uuid('claim').notNull(),
    /** Messages that have ended in this batch. */
    ended: integer('ended').notNull().default(0),
    /** How many were sent and have failed in all batches of the lane since `blasts.changes` came to its `changes`. */
    changes: integer('changes').notNull().default(0),
    sent: integer('sent').notNull().default(0),
    failed: integer('failed').notNull().default(0),
    beganAt: instant('began_at').notNull(),
    seenAt: instant('seen_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.blast, table.lane] })],
);
