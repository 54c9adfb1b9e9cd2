import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  isCancellation,
  patched,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import { decideGroup, FINAL_FAILURE, getJob, STOP_TIME_MS } from '#contracts/job.js';
import type { GroupOutcome, GroupTask, JobActivities, JobInput, JobState } from '#contracts/job.js';
import type { GroupPlan } from '#contracts/job-plan.js';
import { Alerting } from './alerting.js';
import { groupEnd } from './group-end.js';
import type { FinalEnd, GroupEnd } from './group-end.js';
import { JobPublication } from './job-publication.js';
import { JobRun } from './job-run.js';
import { continueInNextRun } from './next-run.js';
import { retryPolicy } from './retry-policy.js';
import { refusedOutcome, toldOutcome } from './told.js';

/** What a group leaves behind is done even after `kill_at`, as long as that is possible by then. */
const SETTLE_AFTER_KILL_MS = 3_600_000;

/** Runs the groups of a job one after another, until it is over. */
export async function job(input: JobInput): Promise<JobState> {
  const { id, tenant, plan, killAtMs, startAtMs = 0 } = input;
  const identity = { id, tenant, type: plan.type };
  const run = new JobRun(input, Date.now());
  const publication = new JobPublication(input, run.state);
  const alerting = new Alerting(input, run.state);
  const left = () => Math.max(1, killAtMs - Date.now());

  setHandler(getJob, () => run.state);
  setHandler(decideGroup, ({ index, decision }) => {
    const decided = run.decide(index, decision, Date.now());
    publication.update();
    return decided;
  });

  try {
    if (startAtMs > Date.now()) await sleep(Math.min(startAtMs, killAtMs) - Date.now());
    alerting.arm();
    await runGroups();
  } catch (error) {
    if (!isCancellation(error)) throw error;
    run.end('canceled', Date.now());
  }
  alerting.disarm();
  return CancellationScope.nonCancellable(async () => {
    publication.update();
    if (run.state.status === 'killed' || run.state.status === 'failed') await alerting.tell(run.state.status);
    await condition(allHandlersFinished);
    return run.state;
  });

  async function runGroups(): Promise<void> {
    while (!run.over) {
      const { next, uncertain } = run;
      if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('canceled');
      if (killAtMs <= Date.now()) run.end('killed', Date.now());
      else if (next !== undefined) await runGroup(next, plan.groups[next] as GroupPlan);
      else if (uncertain !== undefined) await condition(() => run.uncertain !== uncertain, left());
      // The next run would know nothing of a cancel.
      const isCanceled = CancellationScope.current().consideredCancelled;
      if (!run.over && !isCanceled && workflowInfo().continueAsNewSuggested && allHandlersFinished()) {
        alerting.disarm();
        publication.update(true);
        await continueInNextRun<typeof job>({ ...input, state: run.state });
      }
    }
  }

  async function runGroup(index: number, group: GroupPlan): Promise<void> {
    run.begin(index, Date.now());
    publication.update();
    const { data } = run.state;
    const { name, timeoutMs, retry } = group;
    const triesBefore = run.state.groups[index]?.tries ?? 0;
    const limits = { timeoutMs, retry, killAtMs };
    const task: GroupTask = { job: identity, group: name, index, input: input.input, ...limits };
    if (data !== undefined) task.data = data;
    if (input.dueMs !== undefined) task.dueMs = input.dueMs;
    if (triesBefore > 0) task.triesBefore = triesBefore;
    let outcome: GroupOutcome | undefined;
    try {
      const ended = toldOutcome(await activityOf(group, left(), triesBefore)(task));
      const refused = refusedOutcome(ended);
      if (refused && patched('job: refuses an outcome that is too large')) throw refused;
      outcome = ended;
      // What it leaves behind counts from here on, whatever becomes of the job.
      await CancellationScope.nonCancellable(() => settle(index, ended));
      run.succeed(index, ended, Date.now());
    } catch (error) {
      await failed(index, groupEnd(error, group, { outcome, triesBefore }));
    }
  }

  async function settle(index: number, { children = [], contributions = [] }: GroupOutcome): Promise<void> {
    if (children.length + contributions.length === 0) return;
    const { settleGroup } = settling(left());
    run.addChildren(await settleGroup({ job: identity, index, children, contributions }));
  }

  async function failed(index: number, end: GroupEnd): Promise<void> {
    if (end.status === 'returned') {
      // The try that was given back does not count.
      run.wait(index, { ...end, tries: Math.max(0, end.tries - 1) });
      if (end.pauseMs) await sleep(Math.min(end.pauseMs, left()));
      return;
    }
    if (end.status === 'late') {
      // No other try is possible before the job is killed; until then it can be canceled.
      run.wait(index, end);
      await sleep(left());
      return endedWith(index, { ...end, status: 'killed', tries: 0 });
    }
    await endedWith(index, { ...end, status: end.status });
  }

  async function endedWith(index: number, end: FinalEnd): Promise<void> {
    run.fail(index, end, Date.now());
    publication.update();
    if (end.status === 'uncertain') await alerting.tell('uncertain');
  }
}

function settling(leftMs: number) {
  return proxyActivities<JobActivities>({
    startToCloseTimeout: 3_600_000,
    scheduleToCloseTimeout: leftMs + SETTLE_AFTER_KILL_MS,
    heartbeatTimeout: 15_000,
    retry: { maximumInterval: 30_000, nonRetryableErrorTypes: [FINAL_FAILURE] },
  });
}

function activityOf(
  { activity, taskQueue, timeoutMs, heartbeatTimeoutMs, retry }: GroupPlan,
  leftMs: number,
  triesBefore: number,
): (task: GroupTask) => Promise<unknown> {
  const options: ActivityOptions = {
    taskQueue,
    // Steps here are stopped by their worker, or a try would begin before they have.
    startToCloseTimeout: activity === undefined ? timeoutMs + STOP_TIME_MS : timeoutMs,
    // At its `kill_at` the engine ends it, whether or not its worker still answers.
    scheduleToCloseTimeout: leftMs,
    heartbeatTimeout: heartbeatTimeoutMs,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: retryPolicy(retry, triesBefore),
  };
  const activities = proxyActivities<Record<string, (task: GroupTask) => Promise<unknown>>>(options);
  return activities[activity ?? 'runGroup'] as (task: GroupTask) => Promise<unknown>;
}
