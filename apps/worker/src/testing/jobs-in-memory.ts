import { randomUUID } from 'node:crypto';
import type { Contribution, GroupOutcome, GroupTask } from '#contracts/job.js';
import { newJob } from '#jobs/new-job.js';
import { checkSettlement } from '../activities/jobs/settlement-check.js';
import type { JobType } from '../jobs/define-job.js';
import { runGroup } from '../jobs/group-run.js';
import type { StepTools } from '../jobs/group-run.js';
import { assertValid, compileSchema } from '../jobs/input.js';
import type { InputOf, JsonSchema } from '../jobs/input.js';
import { JobTypes } from '../jobs/job-types.js';
import { JobInMemory } from './job-in-memory.js';
import type { NamedChild } from './job-in-memory.js';
import { locksInMemory } from './locks-in-memory.js';
import { ResultsInMemory } from './results-in-memory.js';
import type { ResultInMemory } from './results-in-memory.js';

/** What steps get in place of the world. Where a step asks for what was not given, it throws. */
export interface InMemoryOptions {
  database?: StepTools['database'];
  call?: StepTools['call'];
  /** Locks among the jobs of the test, unless said otherwise. */
  withLock?: StepTools['withLock'];
  /** By their name: activities that workers in other languages serve. */
  activities?: Record<string, (task: GroupTask, signal: AbortSignal) => Promise<GroupOutcome>>;
}

export interface RunOptions {
  /** Absent: global work. */
  tenant?: string;
  /** The type's time from now if absent. */
  killAtMs?: number;
  /** Cancels the job. */
  signal?: AbortSignal;
}

/**
 * Runs jobs in a test, without engine and database: the groups, tries, decisions, children and results that they would have
 * there. Time-outs and `kill_at` are real time; between tries no time passes.
 */
export class JobsInMemory {
  /** Jobs that were enqueued and have not been run. */
  readonly queue: (NamedChild & { parent: string })[] = [];
  private readonly types: JobTypes;
  private readonly tools: StepTools;
  private readonly activities: InMemoryOptions['activities'];
  private readonly enqueued = new Set<string>();
  private readonly results = new ResultsInMemory();

  /** `types`: those that are run, with those that they enqueue. */
  constructor(types: readonly JobType[], { database, call, withLock, activities }: InMemoryOptions = {}) {
    this.types = new JobTypes(types);
    this.activities = activities;
    this.tools = {
      get database() {
        return database ?? missing('database');
      },
      call: call ?? (() => missing('call')),
      withLock: withLock ?? locksInMemory(),
    };
  }

  /** Runs a job until it has ended or a person must decide. Throws if the input is not as its type wants it. */
  async run<S extends JsonSchema>(
    type: JobType<S>,
    input: InputOf<S>,
    options: RunOptions = {},
  ): Promise<JobInMemory> {
    assertValid(compileSchema(type.input), input, `input of ${type.name}`);
    const { tenant = null, killAtMs } = options;
    const job = { id: randomUUID(), tenant, input, killAtMs };
    return this.create(type.name, job, options.signal).go();
  }

  /** Runs what was enqueued, and what that enqueues, one after another. Returns these jobs. */
  async runQueued(): Promise<JobInMemory[]> {
    const jobs: JobInMemory[] = [];
    for (let child = this.queue.shift(); child; child = this.queue.shift()) {
      const { type, key: _, ...job } = child;
      jobs.push(await this.create(type, job).go());
    }
    return jobs;
  }

  /** An aggregated result of a tenant, or of global work. */
  result(name: string, tenant: string | null = null): ResultInMemory {
    return this.results.get(tenant, name);
  }

  private create(
    type: string,
    job: Parameters<typeof newJob>[1],
    canceled = new AbortController().signal,
  ): JobInMemory {
    const { record } = this.types.get(type);
    return new JobInMemory(newJob(record, job, Date.now()), {
      canceled,
      attempt: (task, signal, tryNumber) => this.attempt(task, signal, tryNumber),
      settle: (parent, children, contributions) => this.settle(parent, children, contributions),
    });
  }

  private async attempt(task: GroupTask, signal: AbortSignal, tryNumber: number): Promise<GroupOutcome> {
    const type = this.types.get(task.job.type);
    const { activity } = type.record.groups[task.index] ?? {};
    if (activity === undefined) return runGroup(type, task, { tools: this.tools, signal, tryNumber });
    const served = this.activities?.[activity] ?? missing(`activities.${activity}`);
    const outcome = await served(task, signal);
    this.check(outcome);
    return outcome;
  }

  // Of groups here this is checked when they collect it.
  private check({ children = [], contributions = [] }: GroupOutcome): void {
    checkSettlement({ children, contributions });
    for (const { type, input } of children) {
      assertValid(compileSchema(this.types.get(type).input), input, `input of ${type}`);
    }
  }

  private settle(
    { id: parent, tenant }: JobInMemory,
    children: NamedChild[],
    contributions: Contribution[],
  ): void {
    for (const child of children) {
      const key = JSON.stringify([child.tenant, child.id]);
      if (!this.enqueued.has(key)) this.queue.push({ ...child, parent });
      this.enqueued.add(key);
    }
    for (const contribution of contributions) this.results.add(tenant, contribution);
  }
}

function missing(what: string): never {
  throw new Error(`the step needs ${what}, which the test has not given`);
}
