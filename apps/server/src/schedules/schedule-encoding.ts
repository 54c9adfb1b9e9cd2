import { ScheduleOverlapPolicy } from '@temporalio/client';
import type { Client, ScheduleDescription } from '@temporalio/client';
import {
  encodeScheduleAction,
  encodeSchedulePolicies,
  encodeScheduleSpec,
  encodeScheduleState,
} from '@temporalio/client/lib/schedule-helpers.js';
import type { Overlap } from '#contracts/schedule.js';
import type { EngineSchedule, RunInput, ScheduleKey, ScheduleOrder } from './engine-schedule.js';
import { runAction } from './run-action.js';
import type { RunQueues } from './run-action.js';

export const POLICY_OF_OVERLAP: Record<Overlap, ScheduleOverlapPolicy> = {
  skip: ScheduleOverlapPolicy.SKIP,
  buffer_one: ScheduleOverlapPolicy.BUFFER_ONE,
  allow_all: ScheduleOverlapPolicy.ALLOW_ALL,
  cancel_other: ScheduleOverlapPolicy.CANCEL_OTHER,
};

/** A schedule in the engine's words. Made by hand, because its client does not know a time zone of our own. */
export async function encodedSchedule(client: Client, order: ScheduleOrder, queues: RunQueues) {
  const { times, input, overlap, catchupWindowMs, paused, runsLeft } = order;
  const { timezoneData, ...spec } = times;
  const { loadedDataConverter, namespace } = client.options;
  return {
    spec: { ...encodeScheduleSpec(spec), timezoneData },
    action: await encodeScheduleAction(loadedDataConverter, namespace, runAction(input, queues), {}),
    policies: encodeSchedulePolicies({
      overlap: POLICY_OF_OVERLAP[overlap],
      catchupWindow: catchupWindowMs,
    }),
    state: encodeScheduleState({ paused, remainingActions: runsLeft }),
  };
}

export function decodedSchedule(
  key: ScheduleKey,
  { action, state, info, raw }: ScheduleDescription,
): EngineSchedule {
  const [input] = action.args as [RunInput];
  return {
    ...key,
    input,
    runsLeft: state.remainingActions,
    paused: state.paused,
    nextStartsMs: info.nextActionTimes.map((time) => time.getTime()),
    latestRuns: info.recentActions.map((recent) => recent.action.workflow.workflowId),
    conflictToken: raw.conflictToken,
  };
}

/** The tenant is part of it, so no id reaches across tenants. */
export function engineId({ tenant, id }: ScheduleKey): string {
  return `schedule:${tenant}:${id}`;
}
