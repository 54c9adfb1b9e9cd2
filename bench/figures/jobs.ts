import { fileURLToPath } from 'node:url';
import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import { concurrently, runBare, runJobs, startJob } from '../jobs/run-jobs.js';
import { Stage } from '../stage.js';
import { formatNumber, percentile } from '../statistics.js';

const JOB_TYPES = fileURLToPath(new URL('../jobs/job-types.js', import.meta.url));
const SLOW_MS = 1_000;
const QUIET_JOBS = 50;

/** What jobs cost: beside a bare workflow with one activity, as they grow, and beside another tenant's backlog. */
export const jobs: Figure = {
  name: 'jobs',
  async measure({ rounds, concurrency, jobs: counts }, say) {
    const title = `Jobs: ${formatNumber(counts.oneGroup)} of one group, of 1,000 groups, with ${formatNumber(counts.children)} children`;
    const result = new Result('jobs', title, ['Timekeeper', 'bare workflow, or small'], say);
    const stage = await Stage.open({ WORKER_JOB_TYPES: JOB_TYPES });
    try {
      result.engineVersion = await stage.engineVersion();
      await runJobs(stage, { type: 'bench-one-group', count: 200 }, concurrency);
      await runBare(stage, 200, concurrency);
      for (let round = 0; round < rounds; round++) {
        await addOverhead(result, stage, counts.oneGroup, concurrency);
        await addGrowth(result, stage, counts.children);
        await addFairness(result, stage, counts.queued);
      }
      return result;
    } finally {
      await stage.close();
    }
  },
};

async function addOverhead(result: Result, stage: Stage, count: number, concurrency: number): Promise<void> {
  const ours = await runJobs(stage, { type: 'bench-one-group', count }, concurrency);
  const bare = await runBare(stage, count, concurrency);
  for (const [column, { elapsedMs, cpuMs }] of [ours, bare].entries()) {
    const side = column as 0 | 1;
    result.add(side, 'one group, CPU per job', cpuMs / count, 'ms', { of: 'ratio', atMost: 1.3 });
    result.add(side, 'one group, jobs ended', (count * 1000) / elapsedMs, 'per s');
  }
}

/** One of 1,000 groups beside one of 100, and one with all children beside a hundredth of them. */
async function addGrowth(result: Result, stage: Stage, children: number): Promise<void> {
  for (const [column, groups] of [1_000, 100].entries()) {
    const { elapsedMs, cpuMs } = await runJobs(stage, { type: `bench-${groups}-groups`, count: 1 }, 1);
    result.add(column as 0 | 1, 'a job of 1,000 groups, or of 100, CPU per group', cpuMs / groups, 'ms');
    result.add(
      column as 0 | 1,
      'a job of 1,000 groups, or of 100, groups',
      (groups * 1000) / elapsedMs,
      'per s',
    );
  }
  for (const [column, count] of [children, children / 100].entries()) {
    const load = { type: 'bench-children', input: { count }, count: 1 };
    const { elapsedMs, cpuMs } = await runJobs(stage, load, 1);
    const what = `${formatNumber(children)} children or ${formatNumber(children / 100)}`;
    result.add(column as 0 | 1, `${what}, CPU per child`, cpuMs / count, 'ms');
    result.add(column as 0 | 1, `${what}, ended`, (count * 1000) / elapsedMs, 'per s');
  }
}

/** How long jobs of one tenant take beside another's that are all queued, and alone. */
async function addFairness(result: Result, stage: Stage, queued: number): Promise<void> {
  addTimes(result, 1, await quietTimes(stage));
  const noisy = { type: 'bench-slow', input: { ms: SLOW_MS }, tenant: 'bench-noisy' };
  const workflows: string[] = [];
  await concurrently(queued, 64, async () => workflows.push(await startJob(stage, noisy)));
  addTimes(result, 0, await quietTimes(stage));
  await concurrently(workflows.length, 64, () => end(stage, workflows.pop() ?? ''));
}

function addTimes(result: Result, column: 0 | 1, timesMs: number[]): void {
  for (const share of [0.5, 0.99]) {
    const name = `a job beside another tenant's backlog, or alone, p${share * 100}`;
    result.add(column, name, percentile(timesMs, share), 'ms');
  }
}

async function quietTimes(stage: Stage): Promise<number[]> {
  const timesMs: number[] = [];
  for (let job = 0; job < QUIET_JOBS; job++) {
    const startedMs = performance.now();
    const id = await startJob(stage, { type: 'bench-one-group', input: {}, tenant: 'bench-quiet' });
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
