import { encodeTimerId, runDueMs } from './timer-id.js';
import type { ScheduledRun, TimersInput } from './timers.js';

/** Fills in what the engine could not know when it started the run of a schedule: which timer this is, and when due. */
export function withRun(input: TimersInput, workflowId: string, random: () => number): TimersInput {
  const { run, timers, progress } = input;
  const dueMs = run && !progress ? runDueMs(workflowId, run.leadSeconds) : undefined;
  if (!run || dueMs === undefined) return input;
  const { groupKey, leadSeconds, jitterMs } = run;
  return {
    ...input,
    timers: timers.map((timer, index) => ({
      ...timer,
      id: encodeTimerId({ dueMs, index, groupKey, leadSeconds }),
      dueMs: dueMs + Math.floor(jitterMs * random()),
    })),
  };
}

/** The id of the timer or job that is due then: one for each schedule and time. */
export function runId(
  { groupKey, leadSeconds }: Pick<ScheduledRun, 'groupKey' | 'leadSeconds'>,
  dueMs: number,
): string {
  return encodeTimerId({ dueMs, index: 0, groupKey, leadSeconds });
}
