/**
 * A timer's id is a UUIDv8 (RFC 9562 §5.8) that says where the timer lives:
 *
 *     dddddddd-dddd-8iii-gggg-gggggggggggg
 *     48 bits due time in ms | version 8 | 12 bits index in its group | variant and 62 bits group key
 *
 * So any server finds workflow and index from the id alone, and an id that outlived its record still tells
 * when the timer was due. This file is the only place that looks into an id.
 */
export interface TimerIdParts {
  /** When the timer was first due, ms since the epoch. */
  dueMs: number;
  /** Place of the timer in its group, 0 to 4095. */
  index: number;
  /** 16 hex digits; the first carries the UUID variant and is one of 8, 9, a, b. */
  groupKey: string;
}

/** More timers than this cannot be told apart by an index of 12 bits. */
export const MAX_GROUP_SIZE = 4096;

const LATEST_DUE_MS = 2 ** 48 - 1;
const TIMER_ID = /^([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-([89ab][0-9a-f]{3})-([0-9a-f]{12})$/;

/** A group key from 8 bytes, random ones or a digest: their top two bits give way to the UUID variant. */
export function groupKeyFrom(bytes: Uint8Array): string {
  if (bytes.length < 8) throw new RangeError(`group key needs 8 bytes, got ${bytes.length}`);
  const [first = 0, ...rest] = bytes.subarray(0, 8);
  return [(first & 0x3f) | 0x80, ...rest].map((byte) => hex(byte, 2)).join('');
}

export function encodeTimerId({ dueMs, index, groupKey }: TimerIdParts): string {
  if (!Number.isInteger(dueMs) || dueMs < 0 || dueMs > LATEST_DUE_MS) {
    throw new RangeError(`due time ${dueMs} is not a whole number of ms from 0 to ${LATEST_DUE_MS}`);
  }
  if (!Number.isInteger(index) || index < 0 || index >= MAX_GROUP_SIZE) {
    throw new RangeError(`index ${index} is not from 0 to ${MAX_GROUP_SIZE - 1}`);
  }
  const due = hex(dueMs, 12);
  return `${due.slice(0, 8)}-${due.slice(8)}-8${hex(index, 3)}-${groupKey.slice(0, 4)}-${groupKey.slice(4)}`;
}

/** The parts of an id, or undefined for a UUID of another kind (which no timer can have). */
export function decodeTimerId(id: string): TimerIdParts | undefined {
  const match = TIMER_ID.exec(id.toLowerCase());
  if (!match) return undefined;
  const [, dueHigh = '', dueLow = '', index = '', keyHigh = '', keyLow = ''] = match;
  return {
    dueMs: parseInt(dueHigh + dueLow, 16),
    index: parseInt(index, 16),
    groupKey: keyHigh + keyLow,
  };
}

/** The id of the workflow that carries the group: the tenant is part of it, so no id reaches across tenants. */
export function timersWorkflowId(tenant: string, groupKey: string): string {
  return `timers:${tenant}:${groupKey}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
