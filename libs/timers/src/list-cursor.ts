import { createHash } from 'node:crypto';
import type { TimerGroup } from './timer-groups.js';

/** Not a cursor, or not one of this list. */
export class InvalidCursor extends Error {}

/** Where a page of timers ended. */
export interface ListPlace {
  /** Of the page of groups. */
  token: string;
  /** The first timer on it that is not listed yet; absent: all of them. */
  at?: Pick<TimerGroup, 'runId' | 'startedMs' | 'closedMs'> & { index: number };
}

/** `list` names the list; the cursor is good for that one only. */
export function encodeCursor({ token, at }: ListPlace, list: string): string {
  const parts = at && [at.runId, at.startedMs, Number.isFinite(at.closedMs) ? at.closedMs : null, at.index];
  return Buffer.from(JSON.stringify([digest(list), token, ...(parts ?? [])])).toString('base64url');
}

export function decodeCursor(cursor: string, list: string): ListPlace {
  const [name, token, runId, startedMs, closedMs, index] = parse(cursor);
  if (name !== digest(list) || typeof token !== 'string') throw new InvalidCursor();
  if (runId === undefined) return { token };
  if (typeof runId !== 'string' || typeof startedMs !== 'number' || !Number.isInteger(index)) {
    throw new InvalidCursor();
  }
  const closed = typeof closedMs === 'number' ? closedMs : Infinity;
  return { token, at: { runId, startedMs, closedMs: closed, index: index as number } };
}

/**
 * What of a page of groups comes after the place, and from which timer on. A group that has ended meanwhile has moved:
 * then its timers come again where it is now, rather than others being left out.
 */
export function restOf(groups: TimerGroup[], place?: ListPlace): { group: TimerGroup; from: number }[] {
  const at = place?.at;
  const whole = (group: TimerGroup) => ({ group, from: 0 });
  if (!at) return groups.map(whole);
  const first = groups.findIndex(({ runId, closedMs }) => runId === at.runId && closedMs === at.closedMs);
  if (first === -1) return groups.filter((group) => !isBefore(group, at)).map(whole);
  return groups.slice(first).map((group, index) => ({ group, from: index === 0 ? at.index : 0 }));
}

function isBefore(group: TimerGroup, at: Pick<TimerGroup, 'startedMs' | 'closedMs'>): boolean {
  if (group.closedMs !== at.closedMs) return group.closedMs > at.closedMs;
  return group.startedMs > at.startedMs;
}

function parse(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

function digest(list: string): string {
  return createHash('sha256').update(list).digest('base64url').slice(0, 16);
}
