import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { PENDING } from './pending.js';

/** Whose timers a workflow carries. */
export const TENANT = defineSearchAttributeKey('TimekeeperTenant', SearchAttributeType.KEYWORD);

/** The set of statuses among the timers of a workflow. */
export const TIMER_STATUSES = defineSearchAttributeKey(
  'TimekeeperTimerStatuses',
  SearchAttributeType.KEYWORD_LIST,
);

/** The first and the last due time among the timers of a workflow. */
export const DUE_FROM = defineSearchAttributeKey('TimekeeperDueFrom', SearchAttributeType.DATETIME);
export const DUE_UNTIL = defineSearchAttributeKey('TimekeeperDueUntil', SearchAttributeType.DATETIME);

export const SEARCH_ATTRIBUTES = [TENANT, TIMER_STATUSES, PENDING, DUE_FROM, DUE_UNTIL];
