import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { JOB_WORKFLOW, jobWorkflowId } from '#contracts/job.js';
import { JOB_STATUS, TENANT } from '#contracts/search-attributes.js';
import { newJob } from '#jobs/new-job.js';
import { BARE_STEP_WORKFLOW, BARE_TASK_QUEUE } from '../bare/task-queue.js';
import { cpuSeconds, cpuSince, total } from '../cpu.js';
import { settle } from '../send.js';
import type { Stage } from '../stage.js';
import { jobTypes } from './job-types.js';

const POLL_MS = 100;
const START_TIMEOUT_MS = 30_000;

/** What became of a number of jobs, or bare workflows, that were started at once. */
export interface JobsRun {
  elapsedMs: number;
  cpuMs: number;
}

/** Starts so many jobs of a type, so many at a time, and waits until all jobs of the tenant have ended. */
export async function runJobs(
  stage: Stage,
  { type, input = {}, count, inTurn = false, tenant = `bench-${randomUUID().slice(0, 8)}` }: JobLoad,
  concurrency: number,
): Promise<JobsRun> {
  const query = `WorkflowType = '${JOB_WORKFLOW}' AND ${TENANT.name} = '${tenant}'`;
  const start = async () => {
    const id = await startJob(stage, { type, input, tenant });
    if (inTurn) await stage.client.workflow.getHandle(id).result();
  };
  const run = await measured(stage, stage.ours.processes, query, () =>
    concurrently(count, concurrency, start),
  );
  // A long job has several runs, of which the last tells how it has ended.
  const ended = `${query} AND ExecutionStatus != 'ContinuedAsNew'`;
  const other = await stage.client.workflow.count(`${ended} AND ${JOB_STATUS.name} != 'succeeded'`);
  if (other.count > 0) throw new Error(`${other.count} jobs of ${type} have not succeeded`);
  return run;
}

export interface JobLoad {
  type: string;
  input?: object;
  count: number;
  /** Each is started when the one before it has ended. */
  inTurn?: boolean;
  tenant?: string;
}

/** The same of bare workflows with one activity. */
export async function runBare(stage: Stage, count: number, concurrency: number): Promise<JobsRun> {
  const query = `WorkflowType = '${BARE_STEP_WORKFLOW}'`;
  const start = () =>
    stage.client.workflow.start(BARE_STEP_WORKFLOW, {
      workflowId: `bare-step:${randomUUID()}`,
      taskQueue: BARE_TASK_QUEUE,
    });
  return measured(stage, stage.bare.processes, query, () => concurrently(count, concurrency, start));
}

/** Starts a job as the server does; its workflow's id. */
export async function startJob(
  { jobs }: Stage,
  { type, input, tenant }: { type: string; input: object; tenant: string | null },
): Promise<string> {
  const record = jobTypes.find(({ name }) => name === type)?.record;
  if (!record) throw new Error(`no job type ${type}`);
  const id = randomUUID();
  const job = newJob(record, { id, tenant, input }, Date.now());
  await jobs.start(job, { deadlineMs: Date.now() + START_TIMEOUT_MS });
  return jobWorkflowId(tenant, id);
}

export async function concurrently(
  count: number,
  atATime: number,
  start: () => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const starter = async () => {
    while (next++ < count) await start();
  };
  await Promise.all(Array.from({ length: atATime }, starter));
}

async function measured(
  stage: Stage,
  processes: Stage['processes'],
  query: string,
  start: () => Promise<void>,
): Promise<JobsRun> {
  await settle(stage);
  const before = cpuSeconds(processes);
  const startedMs = performance.now();
  await start();
  const running = () => stage.client.workflow.count(`${query} AND ExecutionStatus = 'Running'`);
  // Twice in a row: children become visible a moment after their parent has closed.
  for (let none = 0; none < 2; await sleep(POLL_MS)) none = (await running()).count === 0 ? none + 1 : 0;
  const elapsedMs = performance.now() - startedMs - 2 * POLL_MS;
  await settle(stage);
  return { elapsedMs, cpuMs: total(cpuSince(before, processes)) * 1000 };
}
