import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { PENDING } from './pending.js';

/** Whose timers a workflow carries. */
export const TENANT = defineSearchAttributeKey('TimekeeperTenant', SearchAttributeType.KEYWORD);

/** The set of statuses among the timers of a workflow. */
export const TIMER_STATUSES = defineSearchAttributeKey(
  'TimekeeperTimerStatuses',
  SearchAttributeType.KEYWORD_LIST,
);

/** The first and the last due time among the timers of a workflow; start and end of a booking. */
export const DUE_FROM = defineSearchAttributeKey('TimekeeperDueFrom', SearchAttributeType.DATETIME);
export const DUE_UNTIL = defineSearchAttributeKey('TimekeeperDueUntil', SearchAttributeType.DATETIME);

/** When the status of a timer of a workflow last changed. */
export const CHANGED_AT = defineSearchAttributeKey('TimekeeperChangedAt', SearchAttributeType.DATETIME);

/** How a job or a booking stands; of a job of which type it is; the id of the job that started it, or whose alert it carries. */
export const JOB_STATUS = defineSearchAttributeKey('TimekeeperJobStatus', SearchAttributeType.KEYWORD);
export const JOB_TYPE = defineSearchAttributeKey('TimekeeperJobType', SearchAttributeType.KEYWORD);
export const JOB_PARENT = defineSearchAttributeKey('TimekeeperJobParent', SearchAttributeType.KEYWORD);

export const SEARCH_ATTRIBUTES = [
  ...[TENANT, TIMER_STATUSES, PENDING, DUE_FROM, DUE_UNTIL, CHANGED_AT],
  ...[JOB_STATUS, JOB_TYPE, JOB_PARENT],
];
