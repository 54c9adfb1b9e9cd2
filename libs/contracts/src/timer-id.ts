import type { GroupKind } from './timers.js';

/**
 * A timer's id is a UUIDv8 (RFC 9562 §5.8) that says where the timer lives:
 *
 *     dddddddd-dddd-8iii-gggg-gggggggggggg
 *     48 bits due time in ms | version 8 | 12 bits index in its group | variant and 62 bits group key
 *
 * So any server finds workflow and index from the id alone, and an id that outlived its record still tells
 * when the timer was due. The runs of a schedule share its group key, and each run's workflow is named by the engine
 * after the time for which it was started: such an index says so, and how many seconds before it was due that was.
 *
 *     index of a group: 0 | 11 bits            index of a run: 1 | 3 bits lead in seconds | 8 bits
 *
 * This file is the only place that looks into an id.
 */
export interface TimerIdParts {
  /** When the timer was first due, ms since the epoch. */
  dueMs: number;
  /** Place of the timer in its group: 0 to 2047, 0 to 255 in the run of a schedule. */
  index: number;
  /** 16 hex digits; the first carries the UUID variant and is one of 8, 9, a, b. */
  groupKey: string;
  /** In the run of a schedule: so long before the due time its workflow was started, 0 to 7. */
  leadSeconds?: number;
}

/** More timers than this cannot be told apart by an index of 11 bits. */
export const MAX_GROUP_SIZE = 2048;

/** No timer was due before this: an id that says so was never given out. */
export const FIRST_DUE_MS = Date.UTC(2026, 0, 1);

/** The engine starts the run of a schedule at most so long before it is due. */
export const MAX_RUN_LEAD_SECONDS = 7;

const MAX_RUN_SIZE = 256;
const OF_A_RUN = 0x800;
const LATEST_DUE_MS = 2 ** 48 - 1;
const TIMER_ID = /^([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-([89ab][0-9a-f]{3})-([0-9a-f]{12})$/;

/** A group key from 8 bytes, random ones or a digest: their top two bits give way to the UUID variant. */
export function groupKeyFrom(bytes: Uint8Array): string {
  if (bytes.length < 8) throw new RangeError(`group key needs 8 bytes, got ${bytes.length}`);
  const [first = 0, ...rest] = bytes.subarray(0, 8);
  return [(first & 0x3f) | 0x80, ...rest].map((byte) => hex(byte, 2)).join('');
}

export function encodeTimerId({ dueMs, index, groupKey, leadSeconds }: TimerIdParts): string {
  if (!Number.isInteger(dueMs) || dueMs < 0 || dueMs > LATEST_DUE_MS) {
    throw new RangeError(`due time ${dueMs} is not a whole number of ms from 0 to ${LATEST_DUE_MS}`);
  }
  const size = leadSeconds === undefined ? MAX_GROUP_SIZE : MAX_RUN_SIZE;
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`index ${index} is not from 0 to ${size - 1}`);
  }
  if (leadSeconds !== undefined && !(leadSeconds >= 0 && leadSeconds <= MAX_RUN_LEAD_SECONDS)) {
    throw new RangeError(`lead of ${leadSeconds} s is not from 0 to ${MAX_RUN_LEAD_SECONDS}`);
  }
  const place = leadSeconds === undefined ? index : OF_A_RUN | (leadSeconds << 8) | index;
  const due = hex(dueMs, 12);
  return `${due.slice(0, 8)}-${due.slice(8)}-8${hex(place, 3)}-${groupKey.slice(0, 4)}-${groupKey.slice(4)}`;
}

/** The parts of an id, or undefined for a UUID of another kind (which no timer can have). */
export function decodeTimerId(id: string): TimerIdParts | undefined {
  const match = TIMER_ID.exec(id.toLowerCase());
  if (!match) return undefined;
  const [, dueHigh = '', dueLow = '', placeHex = '', keyHigh = '', keyLow = ''] = match;
  const place = parseInt(placeHex, 16);
  const parts = { dueMs: parseInt(dueHigh + dueLow, 16), groupKey: keyHigh + keyLow };
  if (!(place & OF_A_RUN)) return { ...parts, index: place };
  return { ...parts, index: place & 0xff, leadSeconds: (place >> 8) & MAX_RUN_LEAD_SECONDS };
}

/** A schedule's id from 16 bytes, random ones or a digest. Its runs' group key is the second half of it. */
export function scheduleIdFrom(bytes: Uint8Array): string {
  if (bytes.length < 16) throw new RangeError(`schedule id needs 16 bytes, got ${bytes.length}`);
  const digits = [...bytes.subarray(0, 8)].map((byte) => hex(byte, 2)).join('');
  const groupKey = groupKeyFrom(bytes.subarray(8));
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(13)}-${groupKey.slice(0, 4)}-${groupKey.slice(4)}`;
}

/** The group key that all runs of a schedule share. */
export function groupKeyOfSchedule(scheduleId: string): string {
  return scheduleId.slice(19).replace('-', '');
}

/** The id of the workflow that carries the group: the tenant is part of it, so no id reaches across tenants. */
export function timersWorkflowId(tenant: string, groupKey: string, kind: GroupKind = 'timers'): string {
  return `${kind}:${tenant}:${groupKey}`;
}

/** The id of the workflow that carries this timer. */
export function workflowIdOf(
  tenant: string,
  { groupKey, dueMs, leadSeconds }: Omit<TimerIdParts, 'index'>,
  kind?: GroupKind,
): string {
  const workflowId = timersWorkflowId(tenant, groupKey, kind);
  return leadSeconds === undefined ? workflowId : runWorkflowId(workflowId, dueMs - leadSeconds * 1000);
}

/** As the engine names what a schedule starts: the schedule's id for it and the time in whole seconds, RFC 3339 in UTC. */
export function runWorkflowId(workflowId: string, startMs: number): string {
  return `${workflowId}-${new Date(startMs).toISOString().replace(/\.\d+Z$/, 'Z')}`;
}

/** When the run of a schedule is due whose workflow has this id; undefined for a workflow that is none. */
export function runDueMs(workflowId: string, leadSeconds: number): number | undefined {
  const [, startedAt] = /:[0-9a-f]{16}-(\d{4}-.*Z)$/.exec(workflowId) ?? [];
  return startedAt === undefined ? undefined : Date.parse(startedAt) + leadSeconds * 1000;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
