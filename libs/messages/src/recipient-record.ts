import { Temporal } from 'temporal-polyfill';
import { MAX_ADDRESS_LENGTH, normalizeAddress } from './email-address.js';

/** Of what a message is made from, as JSON. */
const MAX_DATA_LENGTH = 32_768;
const MAX_URL_LENGTH = 2_048;
/** The default of a key is the url. */
const MAX_DEDUPE_KEY_LENGTH = MAX_URL_LENGTH;
const MAX_ZONE_LENGTH = 64;
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9._+/-]*$/;
/** What JSON makes of NUL and of half a character: PostgreSQL takes neither. */
// eslint-disable-next-line no-control-regex
const NOT_STORABLE = /\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const ESCAPED = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

const FIELDS = ['address', 'url', 'data', 'timezone', 'dedupe_key'];

/** Columns in which an export tells what came of a recipient: an upload of it leaves them out. */
export const OUTCOME_COLUMNS = ['n', 'status', 'attempts', 'code', 'reason', 'ended_at'] as const;

export interface RecipientRecord {
  /** An e-mail address or a url; null: the url of all. */
  address: string | null;
  /** Of all with the same only the first gets the message; null: no other is the same. */
  dedupeKey: string | null;
  data: Record<string, unknown>;
  timezone: string | null;
}

/**
 * A recipient as a client writes it: `address` or `url`, `data`, `timezone`, `dedupe_key`. Else what is wrong with it.
 * Whether a message can get there is not asked here: one bad address is no reason to refuse a million others.
 */
export function readRecipient(record: unknown, channel: 'email' | 'webhook'): RecipientRecord | string {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return 'must be an object';
  const unknown = Object.keys(record).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) return `has an unknown property ${JSON.stringify(unknown.slice(0, 80))}`;
  const { address, url, data = {}, timezone, dedupe_key } = record as Record<string, unknown>;
  const [name, value, other] = channel === 'email' ? ['address', address, url] : ['url', url, address];
  if (other !== undefined)
    return `has ${channel === 'email' ? 'a url' : 'an address'}, which this blast does not use`;
  if (channel === 'email' && value === undefined) return 'has no address';
  const problem =
    textProblem(name, value, channel === 'email' ? MAX_ADDRESS_LENGTH : MAX_URL_LENGTH) ??
    textProblem('dedupe_key', dedupe_key, MAX_DEDUPE_KEY_LENGTH) ??
    textProblem('timezone', timezone, MAX_ZONE_LENGTH) ??
    dataProblem(data);
  if (problem) return problem;
  if (timezone !== undefined && !isZone(timezone as string))
    return 'has a timezone that is not the IANA name of one, such as Europe/Berlin';
  const to = (value as string | undefined) ?? null;
  const key = to !== null && channel === 'email' ? normalizeAddress(to) : to;
  return {
    address: to,
    dedupeKey: (dedupe_key as string | undefined) ?? key,
    data: data as Record<string, unknown>,
    timezone: (timezone as string | undefined) ?? null,
  };
}

/**
 * A recipient of a row of CSV with these columns. If one of them is `data`, that is the data as JSON, as in exports, whose
 * further columns are left out; any other is an unknown property. Else columns that have no meaning of their own are the data.
 */
export function recipientOfRow(
  row: Record<string, unknown>,
  columns: readonly string[],
): Record<string, unknown> {
  if (columns.includes('data')) return recipientOfExport(row);
  const data: Record<string, unknown> = {};
  const own: Record<string, unknown> = {};
  for (const [name, cell] of Object.entries(row)) (FIELDS.includes(name) ? own : data)[name] = cell;
  return { ...own, data };
}

function recipientOfExport({ data, ...row }: Record<string, unknown>): Record<string, unknown> {
  const isOutcome = (name: string) => (OUTCOME_COLUMNS as readonly string[]).includes(name);
  const own = Object.entries(row).filter(([name]) => !isOutcome(name));
  return { ...Object.fromEntries(own), ...(typeof data === 'string' && { data: valueOf(data) }) };
}

/** Of JSON; of anything else the text, which is refused with the words for it. */
function valueOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

function textProblem(name: string, value: unknown, most: number): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '' || value.length > most)
    return `must have as its ${name} a text of 1 to ${most} characters`;
  return NOT_STORABLE.test(value) ? `has characters in its ${name} that are none` : undefined;
}

function dataProblem(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    return 'must have as its data an object, in CSV as JSON';
  const json = JSON.stringify(data);
  if (json.length > MAX_DATA_LENGTH) return `has more than ${MAX_DATA_LENGTH} characters of data`;
  return ESCAPED.test(json) ? 'has characters in its data that are none' : undefined;
}

const zones = new Map<string, boolean>();

function isZone(name: string): boolean {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const is = ZONE_NAME.test(name) && isKnown(name);
  if (zones.size < 1_000) zones.set(name, is);
  return is;
}

function isKnown(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
