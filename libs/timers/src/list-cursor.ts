import { createHash } from 'node:crypto';
import type { TimerGroup } from './timer-groups.js';

/** Not a cursor, or not one of this list. */
export class InvalidCursor extends Error {}

/** A group's place in the list of groups. */
export type GroupPlace = Pick<TimerGroup, 'workflowId' | 'runId' | 'startedMs' | 'closedMs'>;

/** Where a page of timers ended. */
export interface ListPlace {
  /** Of the page of groups. */
  token: string;
  /** The first timer on it that is not listed yet; absent: all of them. */
  at?: GroupPlace & { index: number };
}

/**
 * `list` names the list; the cursor is good for that one only. A checksum finds what was damaged or belongs elsewhere:
 * what the engine makes of such a token is not told from a failure of its own. Who forges one gains nothing: whose list it
 * is does not stand in it.
 */
export function encodeCursor({ token, at }: ListPlace, list: string): string {
  const closedMs = at && (Number.isFinite(at.closedMs) ? at.closedMs : null);
  const parts = [token, ...(at ? [at.workflowId, at.runId, at.startedMs, closedMs, at.index] : [])];
  return Buffer.from(JSON.stringify([seal(list, parts), ...parts])).toString('base64url');
}

export function decodeCursor(cursor: string, list: string): ListPlace {
  const [sealed, ...parts] = parse(cursor);
  if (sealed !== seal(list, parts)) throw new InvalidCursor();
  const [token, workflowId, runId, startedMs, closedMs, index] = parts as [
    ...[token: string, workflowId?: string, runId?: string, startedMs?: number],
    ...[closedMs?: number | null, index?: number],
  ];
  if (workflowId === undefined || runId === undefined || startedMs === undefined) return { token };
  return { token, at: { workflowId, runId, startedMs, closedMs: closedMs ?? Infinity, index: index ?? 0 } };
}

/** The groups of a page that come after the place; those at it first, if it is still there. */
export function groupsFrom(groups: TimerGroup[], at: GroupPlace): { found: boolean; groups: TimerGroup[] } {
  const first = groups.findIndex(({ runId, closedMs }) => runId === at.runId && closedMs === at.closedMs);
  if (first !== -1) return { found: true, groups: groups.slice(first) };
  const after = groups.filter((group) => group.workflowId !== at.workflowId && !isBefore(group, at));
  return { found: false, groups: after };
}

function isBefore(group: TimerGroup, at: GroupPlace): boolean {
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

function seal(list: string, parts: unknown[]): string {
  const text = JSON.stringify([list, ...parts]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}
