import { DUE_FROM, DUE_UNTIL, TENANT, TIMER_STATUSES } from '#contracts/search-attributes.js';
import type { TimerFilter } from '#contracts/timer-filter.js';
import type { GroupKind } from '#contracts/timers.js';

const LATEST_MS = Date.UTC(9999, 0, 1);

/** The groups of a tenant, in the language of the engine's visibility; `conditions` are the caller's own. */
export function groupsQuery(
  tenant: string,
  conditions: readonly string[] = [],
  kind: GroupKind = 'timers',
): string {
  const own = [`WorkflowType = ${quoted(kind)}`, `${TENANT.name} = ${quoted(tenant)}`];
  return [...own, ...conditions].join(' AND ');
}

/** What search attributes can say of a filter: in the groups that are found some timers may yet not match. */
export function filterConditions(filter: TimerFilter): string[] {
  const { statuses, dueFromMs, dueUntilMs, runFromMs } = filter;
  const conditions = ["ExecutionStatus != 'ContinuedAsNew'"];
  if (statuses) conditions.push(`${TIMER_STATUSES.name} IN (${statuses.map(quoted).join(', ')})`);
  if (dueFromMs !== undefined) conditions.push(`${DUE_UNTIL.name} >= ${time(dueFromMs)}`);
  if (dueUntilMs !== undefined) conditions.push(`${DUE_FROM.name} < ${time(dueUntilMs)}`);
  if (runFromMs !== undefined) conditions.push(`StartTime >= ${time(runFromMs)}`);
  return conditions;
}

/** A text as a value. Nothing in it can end the value. */
export function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** A time as a value, within what the engine can store. */
export function time(ms: number): string {
  return quoted(new Date(Math.min(Math.max(ms, 0), LATEST_MS)).toISOString());
}
