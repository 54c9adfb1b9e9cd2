import { CHANGEABLE } from '#contracts/bulk-change.js';
import type { BulkKind } from '#contracts/bulk-change.js';
import type { TimerFilter } from '#contracts/timer-filter.js';
import { invalid } from '../http/problem.exception.js';
import { filterOf } from '../timers/timer-filter.dto.js';
import type { BulkFilterDto } from './operations.dto.js';

/** What is meant where the client names no status: what was delivered is delivered again only by name. */
const UNLESS_NAMED: Record<BulkKind, readonly TimerFilterStatus[]> = {
  cancel: CHANGEABLE.cancel,
  redeliver: ['failed', 'expired'],
};

type TimerFilterStatus = (typeof CHANGEABLE)[BulkKind][number];

/** The timers that a bulk change is for: none that is set or comes to its end only after it was asked for. */
export function bulkFilter(kind: BulkKind, { all, ...dto }: BulkFilterDto, nowMs: number): TimerFilter {
  const filter = filterOf(dto);
  const empty = Object.keys(filter).length === 0;
  if (empty && !all) throw invalid([{ field: 'all', message: 'must be true where there is no filter' }]);
  if (!empty && all) throw invalid([{ field: 'all', message: 'must not be true where there is a filter' }]);
  const statuses = filter.statuses?.filter((status) => CHANGEABLE[kind].includes(status));
  if (statuses?.length === 0) {
    const message = `must have one of ${CHANGEABLE[kind].join(', ')}: no other can ${WISH[kind]}`;
    throw invalid([{ field: 'status', message }]);
  }
  return {
    ...filter,
    statuses: statuses ?? [...UNLESS_NAMED[kind]],
    createdBeforeMs: nowMs,
    ...(kind === 'redeliver' && { changedBeforeMs: nowMs }),
  };
}

const WISH: Record<BulkKind, string> = { cancel: 'be canceled', redeliver: 'be redelivered' };
