import { fileURLToPath } from 'node:url';
import { Result } from '../figure.js';
import type { Figure, Goal } from '../figure.js';
import { concurrently, runBare, runJobs, startJob } from '../jobs/run-jobs.js';
import { Stage } from '../stage.js';
import { formatNumber, percentile } from '../statistics.js';

const JOB_TYPES = fileURLToPath(new URL('../jobs/job-types.js', import.meta.url));
const SLOW_MS = 1_000;
const QUIET_JOBS = 50;
/** Null: global work. */
const OTHERS = [
  ['another tenant', 'bench-quiet'],
  ['nobody in particular', null],
] as const;

/** What jobs cost beside a bare workflow with one activity, and how others fare beside a tenant's backlog. */
export const jobs: Figure = {
  name: 'jobs',
  async measure({ rounds, concurrency, jobs: counts }, say) {
    const title =
      `Jobs: ${formatNumber(counts.oneGroup)} of one group beside bare workflows, ` +
      `and one beside ${formatNumber(counts.queued)} of another tenant`;
    const result = new Result('jobs', title, ['Timekeeper', 'bare workflow, or alone'], say);
    const stage = await openStage();
    try {
      result.engineVersion = await stage.engineVersion();
      await runJobs(stage, { type: 'bench-one-group', count: 200 }, concurrency);
      await runBare(stage, 200, concurrency);
      for (let round = 0; round < rounds; round++) {
        await addOverhead(result, stage, counts.oneGroup, concurrency);
        await addFairness(result, stage, counts.queued);
      }
      return result;
    } finally {
      await stage.close();
    }
  },
};

/** What a group costs as its job grows to 1,000 of them, and a child as its parent has more. */
export const jobGrowth: Figure = {
  name: 'job-growth',
  async measure({ rounds, concurrency, jobs: { children } }, say) {
    const title = `Jobs as they grow: to 1,000 groups, to ${formatNumber(children)} children`;
    const result = new Result('job-growth', title, ['large', 'small'], say);
    const stage = await openStage();
    try {
      result.engineVersion = await stage.engineVersion();
      await runJobs(stage, { type: 'bench-one-group', count: 200 }, concurrency);
      for (let round = 0; round < rounds; round++) {
        await addGroups(result, stage);
        await addChildren(result, stage, children);
      }
      return result;
    } finally {
      await stage.close();
    }
  },
};

function openStage(): Promise<Stage> {
  return Stage.open({ env: { WORKER_JOB_TYPES: JOB_TYPES } });
}

async function addOverhead(result: Result, stage: Stage, count: number, concurrency: number): Promise<void> {
  const ours = await runJobs(stage, { type: 'bench-one-group', count }, concurrency);
  const bare = await runBare(stage, count, concurrency);
  for (const [column, { elapsedMs, cpuMs }] of [ours, bare].entries()) {
    result.add(column, 'one group, CPU per job', cpuMs / count, 'ms', { of: 'ratio', atMost: 1.3 });
    result.add(column, 'one group, jobs ended', (count * 1000) / elapsedMs, 'per s');
  }
}

/**
 * One job of 1,000 groups beside ten of 100, one after another: as many groups in the same time. What the engine does long
 * after a group, when its time limits would have passed, is thus in both.
 */
async function addGroups(result: Result, stage: Stage): Promise<void> {
  const shapes = [
    { type: 'bench-1000-groups', count: 1 },
    { type: 'bench-100-groups', count: 10 },
  ];
  for (const [column, load] of shapes.entries()) {
    const { elapsedMs, cpuMs } = await runJobs(stage, { ...load, inTurn: true }, 1);
    const side = column as 0 | 1;
    const name = 'a job of 1,000 groups, or ten of 100';
    result.add(side, `${name}, CPU per group`, cpuMs / 1_000, 'ms', { of: 'ratio', atMost: 1.1 });
    result.add(side, `${name}, groups`, 1_000_000 / elapsedMs, 'per s');
  }
}

/** One job with all children beside ten with a hundredth of them each. */
async function addChildren(result: Result, stage: Stage, children: number): Promise<void> {
  for (const [column, { parents, each }] of [
    { parents: 1, each: children },
    { parents: 10, each: children / 100 },
  ].entries()) {
    const load = { type: 'bench-children', input: { count: each }, count: parents };
    const { elapsedMs, cpuMs } = await runJobs(stage, load, 1);
    const side = column as 0 | 1;
    const name = `${formatNumber(children)} children of one job, or ${formatNumber(children / 100)}`;
    const count = parents * each;
    result.add(side, `${name}, CPU per child`, cpuMs / count, 'ms', { of: 'ratio', atMost: 1.1 });
    result.add(side, `${name}, ended`, (count * 1000) / elapsedMs, 'per s');
  }
}

/** How long jobs of others take while one tenant's are being started, when they are all queued, and alone. */
async function addFairness(result: Result, stage: Stage, queued: number): Promise<void> {
  const alone = await timesOfOthers(stage);
  const noisy = { type: 'bench-slow', input: { ms: SLOW_MS }, tenant: 'bench-noisy' };
  const workflows: string[] = [];
  const starting = concurrently(queued, 64, async () => workflows.push(await startJob(stage, noisy)));
  addTimes(result, 'while a backlog is started', await timesOfOthers(stage), alone);
  await starting;
  addTimes(result, 'beside a backlog', await timesOfOthers(stage), alone, { of: 'ratio', atMost: 1.5 });
  await concurrently(workflows.length, 64, () => end(stage, workflows.pop() ?? ''));
}

function addTimes(result: Result, when: string, beside: number[][], alone: number[][], goal?: Goal): void {
  for (const [index, [whose]] of OTHERS.entries()) {
    for (const share of [0.5, 0.99]) {
      const name = `a job of ${whose} ${when}, p${share * 100}`;
      const isMedian = share === 0.5;
      for (const [column, times] of [beside, alone].entries()) {
        const value = percentile(times[index] ?? [], share);
        result.add(column, name, value, 'ms', isMedian ? goal : { of: 'value', atMost: 1_000 });
      }
    }
  }
}

function timesOfOthers(stage: Stage): Promise<number[][]> {
  return Promise.all(OTHERS.map(([, tenant]) => times(stage, tenant)));
}

async function times(stage: Stage, tenant: string | null): Promise<number[]> {
  const timesMs: number[] = [];
  for (let job = 0; job < QUIET_JOBS; job++) {
    const startedMs = performance.now();
    const id = await startJob(stage, { type: 'bench-one-group', input: {}, tenant });
    await stage.client.workflow.getHandle(id).result();
    timesMs.push(performance.now() - startedMs);
  }
  return timesMs;
}

async function end({ client }: Stage, workflowId: string): Promise<void> {
  // Some have ended by themselves.
  await client.workflow
    .getHandle(workflowId)
    .terminate()
    .catch(() => undefined);
}
